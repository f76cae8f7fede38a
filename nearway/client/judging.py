"""What an exchange with a gateway means for a task: it is solved, accepted, over, or to be tried again.

Pure. Every task has an `Idempotency-Key`, by which the gateway pays for it once: so what was perhaps read may be sent again,
and what the gateway itself calls paid or unknown is not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from attempt.evidence import Answer, BrokenOff, Evidence, Lost, NotSent, members, retry_after
from attempt.outcome import submitted_of
from contract.submitted import Submitted
from nearway.client.errors import (
    BusyError,
    FailedError,
    NearwayError,
    NotAllowedError,
    TaskRefusedError,
    UnknownError,
    UnreachableError,
)
from nearway.client.solution import Solution, read_solution

MAY_PASS = (408, 409, 425, 429)
"""Statuses of 400 and above, below 500, that tell of the moment and not of the task."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is paid for: ask for its solution at the location."""

    location: str


@dataclass(frozen=True, slots=True)
class Again:
    """Try again, after so many seconds if the gateway named any; `error` is what it came to if there is no time for that.

    `afresh`: what was known of the task is no longer of use, it is to be sent again. `silent`: no gateway answered.
    """

    error: NearwayError
    after: float | None = None
    afresh: bool = False
    silent: bool = False


Verdict = Solution | Accepted | Again | NearwayError


def judge_sent(evidence: Evidence) -> Verdict:
    """Of a task that was sent."""
    if not isinstance(evidence, Answer):
        return _silence(evidence, Submitted.NO if isinstance(evidence, NotSent) else Submitted.UNKNOWN)
    if evidence.status == 202:
        location = evidence.headers.get("location")
        return Accepted(location) if location else _no_gateway(evidence)
    return _judge(evidence)


def judge_asked(evidence: Evidence, *, early: bool = False) -> Verdict:
    """Of a question for the solution of a task that was accepted; `early`: it was answered before the time it asked for."""
    if not isinstance(evidence, Answer):
        return _silence(evidence, Submitted.YES)
    if evidence.status == 202:
        late = "It is paid for, and its time ran out before its solution came"
        told = FailedError("DEADLINE_EXCEEDED", late, Submitted.YES, task=evidence.headers.get("nearway-task"))
        return Again(told, None if early else 0.0)
    if evidence.status in (404, 410):
        # This gateway does not know the location, or it knows that nothing came of it. By the key it finds out, or begins.
        return Again(error_of(UnreachableError, evidence, Submitted.UNKNOWN), afresh=True)
    return _judge(evidence)


def _judge(answer: Answer) -> Verdict:
    said, status = submitted_of(answer), answer.status
    if status == 200:
        told = members(answer.body)
        return read_solution(answer, told) if told else _no_gateway(answer)
    if status in (401, 403):
        return error_of(NotAllowedError, answer, said or Submitted.NO)
    if said is None:
        return _no_gateway(answer)
    if said is Submitted.NO:
        return _not_begun(answer)
    if members(answer.body).get("error") in ("GATEWAY_LEFT", "TASK_ELSEWHERE"):
        return Again(error_of(UnreachableError, answer, said), retry_after(answer))
    return error_of(FailedError if said is Submitted.YES else UnknownError, answer, said)


def _not_begun(answer: Answer) -> Verdict:
    if 400 <= answer.status < 500 and answer.status not in MAY_PASS:
        return error_of(TaskRefusedError, answer, Submitted.NO)
    return Again(error_of(BusyError, answer, Submitted.NO), retry_after(answer))


def _silence(evidence: NotSent | Lost | BrokenOff, submitted: Submitted) -> Again:
    return Again(UnreachableError("UNREACHABLE", f"No gateway answers: {evidence.reason}", submitted), silent=True)


def _no_gateway(answer: Answer) -> Verdict:
    """Whoever stands in between has answered: it says nothing of the task."""
    told = f"{answer.status} is not a gateway's answer; what stands before it may have given it"
    if answer.status < 500 and answer.status not in MAY_PASS:
        return UnreachableError("NO_GATEWAY", f"{told}: look at the URL", Submitted.UNKNOWN, status=answer.status)
    error = UnreachableError("NO_GATEWAY", told, Submitted.UNKNOWN, status=answer.status)
    return Again(error, retry_after(answer), silent=True)


def error_of(kind: type[NearwayError], answer: Answer, submitted: Submitted, who: str = "the gateway") -> NearwayError:
    """What an answer of `who` tells of a task that has no solution."""
    told = members(answer.body)
    return kind(
        _text(told, "error") or f"HTTP_{answer.status}",
        _text(told, "detail") or _text(told, "title") or f"{who} answered {answer.status}",
        submitted,
        status=answer.status,
        task=answer.headers.get("nearway-task"),
        retry_after=retry_after(answer),
        location=answer.headers.get("location"),
    )


def _text(told: Mapping[str, object], name: str) -> str | None:
    found = told.get(name)
    return re.sub(r"[^ -~]", "?", found) if isinstance(found, str) and found else None
