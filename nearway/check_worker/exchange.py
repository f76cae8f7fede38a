"""What came of one request, as the rules look at it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contract import problem
from contract.submitted import HEADER, Submitted, parse_submitted


class Fault(StrEnum):
    """Why there is no answer."""

    UNREACHABLE = "no connection"
    CLOSED = "the connection was closed without a whole answer"
    SLOW = "no answer"


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer. `seconds` is how long it was waited for, `detail` the system's own word."""

    fault: Fault
    seconds: float
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.fault} in {self.seconds:.1f} s" if self.fault is Fault.SLOW else str(self.fault)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, `seconds` after the request. The names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0

    def __str__(self) -> str:
        """Status, media type and the error's code. No more of the body: it may hold a solution."""
        code = (self.members or {}).get("error")
        told = f" with error {_clean(code)}" if isinstance(code, str) else ""
        return f"{self.status} {self.media_type or 'without Content-Type'}{told}"

    @property
    def media_type(self) -> str:
        """The media type alone, in lower case."""
        return _clean(self.headers.get("content-type", "").split(";")[0].strip().lower())

    @property
    def members(self) -> Mapping[str, object] | None:
        """The members of the JSON object in the body; None when it is none, or is not said to be JSON."""
        if not (self.media_type == "application/json" or self.media_type.endswith("+json")):
            return None
        try:
            parsed = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return parsed if isinstance(parsed, dict) else None

    @property
    def submitted(self) -> Submitted | None:
        """What the answer says of the money; None when it says nothing that is a word for it."""
        return parse_submitted(self.headers.get(HEADER.lower()))

    @property
    def is_problem(self) -> bool:
        """Whether it is a problem document (RFC 9457) with the member `error`."""
        return self.media_type == problem.CONTENT_TYPE and isinstance((self.members or {}).get("error"), str)

    @property
    def solution(self) -> object:
        """The solution, if it is a 200 with one; else None."""
        return (self.members or {}).get("solution") if self.status == 200 else None


Evidence = Answer | Lost


def header(answer: Answer, name: str) -> str:
    """A header field as it may be shown."""
    return _clean(answer.headers.get(name.lower(), "")) or "missing"


def _clean(text: str) -> str:
    # A worker of somebody else's must not write control characters to a terminal.
    return "".join(letter for letter in text[:60] if letter.isprintable())
