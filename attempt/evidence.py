"""What one HTTP exchange with a region showed, before anybody judged it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response. Header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NotSent:
    """No byte of the request left: no connection came about."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The request may have been read, and no whole response came."""

    reason: str


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """A wait that we gave up ourselves, to ask again: `elsewhere`, or at the same region."""

    reason: str
    elsewhere: bool


Evidence = Answer | NotSent | Lost | BrokenOff
"""One of these; nothing else can be known of an exchange."""


def members(body: bytes) -> dict[str, object]:
    """The members of a JSON object; none when the body is something else."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def retry_after(answer: Answer) -> float | None:
    """The seconds of a `Retry-After` header; None when it is missing or a date."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None
