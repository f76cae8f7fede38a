"""Errors as `application/problem+json` (RFC 9457), with the member `error` and the header `Task-Submitted`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from contract.codes import CODES
from contract.submitted import HEADER, Submitted

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One error, ready to be sent.

    `retry_after` is in seconds; `more` holds further members (RFC 9457 §3.2), `headers` further header fields.
    """

    error: str
    status: int
    title: str
    detail: str
    submitted: Submitted
    retry_after: int | None = None
    more: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """The JSON object. `type` names the code, so that two problems of one kind are equal for a program (RFC 9457 §3.1.1)."""
        members = {"type": f"urn:nearway:error:{self.error}", "title": self.title, "status": self.status}
        return json.dumps({**self.more, **members, "detail": self.detail, "error": self.error}).encode()

    def header_fields(self) -> dict[str, str]:
        """The header fields, `Content-Type` included."""
        fields = {**self.headers, "Content-Type": CONTENT_TYPE, HEADER: self.submitted.value}
        if self.retry_after is not None:
            fields["Retry-After"] = str(self.retry_after)
        return fields


class ProblemError(Exception):
    """Raised where a request ends with a problem; the program's error handler sends it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.error}: {problem.detail}")
        self.problem = problem


def problem(
    code: str,
    detail: str,
    *,
    submitted: Submitted | None = None,
    retry_after: int | None = None,
    more: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Problem:
    """A problem of one of our codes; `submitted` only where more is known than the code says. KeyError for an unknown code."""
    row = CODES[code]
    return Problem(row.name, row.status, row.title, detail, submitted or row.submitted, retry_after, more or {}, headers or {})
