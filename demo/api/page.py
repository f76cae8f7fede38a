"""What a test writes into a task's page URL: `task=<label>` to count it under, `seconds=<s>` to be solved after."""

import math
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

LONGEST = 86_400.0
"""Seconds: the most a page may ask for."""


class PageError(ValueError):
    """The page URL is none, or its `seconds` is no time."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page URL and what it asks for."""

    url: str
    label: str | None = None
    seconds: float | None = None


def read_page(url: str) -> Page:
    """The page of an absolute http(s) URL. PageError says what is wrong."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise PageError("pageurl is not a URL") from error
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise PageError("pageurl must begin with http:// or https:// and a host")
    asked = dict(parse_qsl(parts.query))
    return Page(url, asked.get("task"), _seconds(asked.get("seconds")))


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST:
        raise PageError(f"seconds in the pageurl must be a number from 0 to {LONGEST:.0f}")
    return seconds
