"""What a client is told at the end of its task.

Pure.
"""

from collections.abc import Mapping
from dataclasses import replace

from contract.problem import Problem, problem
from contract.submitted import HEADER, Submitted
from gateway.errand import Errand
from gateway.evidence import Answer, Evidence, members
from gateway.outcome import submitted_of

PASSED_ON = ("content-type", "retry-after")
"""Header fields of a worker that reach the client; all others are between the parts."""


def passed_on(answer: Answer, errand: Errand) -> Answer:
    """The worker's own answer, with what we know of its way."""
    fields = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
    ours = {
        "nearway-region": errand.at,
        "nearway-task": errand.task.id,
        HEADER.lower(): (submitted_of(answer) or Submitted.YES).value,
        "server-timing": errand.timing.header(),
    }
    return Answer(answer.status, fields | ours, answer.body)


def nowhere(errand: Errand) -> Problem:
    """No region takes the task, and none would if it had a free slot."""
    return _problem("NO_REGION", "No region can take the task", errand, retry_after=5)


def queue_full(errand: Errand, waiting: int, retry_after: int) -> Problem:
    """Every region is full, and as many tasks wait as may; after so many seconds they will have had their turns."""
    return _problem("NO_FREE_SLOT", f"All regions are full, and {waiting} tasks wait already", errand, retry_after=retry_after)


def unknown(errand: Errand, evidence: Evidence) -> Problem:
    """The task was sent, and nobody can say whether it was paid for. 502, for it is the region that gave no answer."""
    detail = f"The task was sent to {errand.at}, and whether it was paid for can't be told: {describe(evidence)}"
    return replace(_problem("SUBMISSION_UNKNOWN", detail, errand), status=502)


def never_sent(errand: Errand) -> Problem:
    """The deadline passed before any region took the task: nothing was spent."""
    detail = "The task's time ran out before any region took it"
    return replace(_problem("DEADLINE_EXCEEDED", detail, errand), submitted=Submitted.NO)


def too_late(errand: Errand, accepted: Answer) -> Problem:
    """The task was accepted and paid for, and its deadline passed first."""
    paid = {name: value for name, value in members(accepted.body).items() if name == "captcha_id"}
    return _problem("DEADLINE_EXCEEDED", "The task is paid for, and its time ran out before its answer came", errand, paid)


def describe(evidence: Evidence) -> str:
    """An exchange in a few words, for the trail."""
    if not isinstance(evidence, Answer):
        return evidence.reason
    error = members(evidence.body).get("error")
    return f"{evidence.status} {error}" if isinstance(error, str) else str(evidence.status)


def _problem(
    code: str, detail: str, errand: Errand, more: Mapping[str, object] | None = None, *, retry_after: int | None = None
) -> Problem:
    told = {**(more or {}), "task": errand.task.id, "trail": errand.trail.lines()}
    return problem(code, detail, retry_after=retry_after, more=told, headers={"Nearway-Task": errand.task.id})
