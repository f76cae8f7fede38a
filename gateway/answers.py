"""What a client is told at the end of its task.

Pure.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from attempt.evidence import Answer, Evidence, members
from attempt.outcome import submitted_of
from contract.one_line import one_line
from contract.problem import Problem, problem
from contract.submitted import HEADER, Submitted
from gateway.errand import Errand
from gateway.keys import REPLAYED
from gateway.ledger.record import Record

PASSED_ON = ("content-type", "retry-after")
"""Header fields of a worker that reach the client; all others are between the parts."""


def passed_on(answer: Answer, errand: Errand) -> Answer:
    """The worker's own answer, with what we know of its way."""
    fields = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
    ours = {
        "nearway-region": errand.at,
        "nearway-task": errand.task.id,
        HEADER.lower(): _money(answer, errand).value,
        "server-timing": errand.timing.header(),
    }
    return Answer(answer.status, fields | ours, answer.body)


def nowhere(errand: Errand) -> Problem:
    """No region takes the task, and none would if it had a free slot."""
    return _problem("NO_REGION", "No region can take the task", errand, retry_after=5)


def queue_full(errand: Errand, waiting: int, retry_after: int) -> Problem:
    """Every region is full, and as many tasks wait as may; after so many seconds they will have had their turns."""
    return _problem("NO_FREE_SLOT", f"All regions are full, and {waiting} tasks wait already", errand, retry_after=retry_after)


def tenant_queue_full(errand: Errand, waiting: int, retry_after: int) -> Problem:
    """No slot is free for its tenant, and as many of the tenant's tasks wait as may."""
    detail = f"No slot is free for it, and {waiting} tasks of its tenant wait already"
    return _problem("TENANT_QUEUE_FULL", detail, errand, retry_after=retry_after)


def unknown(errand: Errand, evidence: Evidence) -> Problem:
    """The task was sent, and nobody can say whether it was paid for. 502, for it is the region that gave no answer."""
    return _unknown(doubt(errand, evidence), errand)


def doubt(errand: Errand, evidence: Evidence) -> str:
    """The same as a sentence."""
    return f"The task was sent to {errand.at}, and whether it was paid for can't be told: {describe(evidence)}"


def in_doubt(errand: Errand, end: str) -> Problem:
    """The same for a task that was to be sent once more, which came to nothing: it may be paid for since it was first sent."""
    return _unknown(f"{errand.doubt}. It was to be sent once more: {end}", errand)


def ledger_away(errand: Errand, why: str) -> Problem:
    """The ledger can't be written, and nothing is submitted that does not stand there first."""
    return _problem("LEDGER_UNAVAILABLE", f"Nothing is sent that can't be recorded first: {why}", errand, retry_after=2)


def taken_over(errand: Errand) -> Problem:
    """This gateway was out of touch with the ledger for longer than its lease, and gave up what waited for a slot."""
    return _problem(
        "LEDGER_UNAVAILABLE", "This gateway was out of touch with the ledger, and did not send the task", errand, retry_after=2
    )


def another_body(task: str) -> Problem:
    """The key is that of another task."""
    detail = f"The key was sent with another body or callback, as task {task}: a key means one task for 24 hours"
    return problem("IDEMPOTENCY_KEY_REUSED", detail)


def elsewhere(task: str) -> Problem:
    """Another gateway carries the task of that key, and it is not accepted yet."""
    detail = f"Another gateway carries task {task} under this key, and no region has accepted it yet"
    return problem("TASK_ELSEWHERE", detail, retry_after=5, more={"task": task}, headers={"Nearway-Task": task})


def kept(record: Record) -> Answer:
    """The answer of a task that is over."""
    ours = {"nearway-region": record.region or "none", "nearway-task": record.id, HEADER.lower(): record.money.value}
    given = {"content-type": record.content_type} if record.content_type else {}
    return Answer(record.status or 200, given | ours, record.result or b"")


def replayed(record: Record) -> Answer:
    """The answer of a task that is over, once more."""
    return again(kept(record))


def again(answer: Answer) -> Answer:
    """An answer that was given before."""
    return replace(answer, headers={**answer.headers, REPLAYED: "true"})


def told_again(problem: Problem) -> Problem:
    """The same of a problem."""
    return replace(problem, headers={**problem.headers, REPLAYED: "true"})


def left_unknown(errand: Errand) -> Problem:
    """The task was being sent when its gateway ended."""
    detail = f"The task was being sent to {errand.at} when its gateway ended: whether it is paid for can't be told"
    return _unknown(detail, errand)


def never_sent(errand: Errand) -> Problem:
    """The deadline passed before any region took the task: nothing was spent."""
    detail = "The task's time ran out before any region took it"
    return replace(_problem("DEADLINE_EXCEEDED", detail, errand), submitted=Submitted.NO)


def too_late(errand: Errand) -> Problem:
    """The task was accepted and paid for, and its deadline passed first."""
    return _paid("DEADLINE_EXCEEDED", "The task is paid for, and its time ran out before its answer came", errand)


def located(errand: Errand, location: str | None = None) -> Answer:
    """The task is accepted and not solved yet; its client asks on at the location, the errand's if none is given."""
    ours = {
        "location": location or errand.location or "",
        "preference-applied": "respond-async",
        "cache-control": "no-store",
        "content-type": "application/json",
        "nearway-region": errand.at,
        "nearway-task": errand.task.id,
        HEADER.lower(): Submitted.YES.value,
    }
    return Answer(202, ours, json.dumps({**_captcha_id(errand), "task": errand.task.id, "state": "accepted"}).encode())


def by_id(task: str) -> str:
    """Where a task can be asked for that stands in the ledger."""
    return f"/tasks/{task}"


def pending(task: str, state: str) -> Answer:
    """The task is not accepted yet. `unknown` on the money: it may yet be paid for, so it is not to be sent again."""
    ours = {
        "location": by_id(task),
        "preference-applied": "respond-async",
        "cache-control": "no-store",
        "content-type": "application/json",
        "nearway-region": "none",
        "nearway-task": task,
        HEADER.lower(): Submitted.UNKNOWN.value,
    }
    return Answer(202, ours, json.dumps({"task": task, "state": state}).encode())


def draining(errand: Errand) -> Problem:
    """The gateway leaves, and the task was not sent."""
    return _problem("DRAINING", "This gateway is leaving, and the task was not sent anywhere", errand, retry_after=1)


def cut_off(errand: Errand) -> Problem:
    """The gateway ends before the task does: what is known of it."""
    if errand.accepted is not None:
        return _paid("GATEWAY_LEFT", "The task is paid for, and this gateway had to leave before its answer came", errand)
    if errand.elsewhere is not None:
        return elsewhere(errand.elsewhere)
    if errand.submitting:
        detail = f"The task was being sent to {errand.at} when this gateway had to leave: whether it is paid for can't be told"
        return _unknown(detail, errand)
    if errand.doubt is not None:
        return in_doubt(errand, "this gateway had to leave first")
    return draining(errand)


def describe(evidence: Evidence) -> str:
    """An exchange in a few words, for trail and log. They may be those of somebody who means no good."""
    if not isinstance(evidence, Answer):
        return one_line(evidence.reason)
    error = members(evidence.body).get("error")
    return one_line(f"{evidence.status} {error}") if isinstance(error, str) else str(evidence.status)


def _money(answer: Answer, errand: Errand) -> Submitted:
    said = submitted_of(answer) or Submitted.YES
    return Submitted.UNKNOWN if said is Submitted.NO and errand.doubt is not None else said


def _unknown(detail: str, errand: Errand) -> Problem:
    return replace(_problem("SUBMISSION_UNKNOWN", detail, errand), status=502)


def _paid(code: str, detail: str, errand: Errand) -> Problem:
    made = _problem(code, detail, errand, _captcha_id(errand))
    where = {"Location": errand.location} if errand.location else {}
    return replace(made, headers={**made.headers, **where})


def _captcha_id(errand: Errand) -> dict[str, object]:
    told = members(errand.accepted.body) if errand.accepted else {}
    return {name: value for name, value in told.items() if name == "captcha_id"}


def _problem(
    code: str, detail: str, errand: Errand, more: Mapping[str, object] | None = None, *, retry_after: int | None = None
) -> Problem:
    told = {**(more or {}), "task": errand.task.id, "trail": errand.trail.lines()}
    return problem(code, detail, retry_after=retry_after, more=told, headers={"Nearway-Task": errand.task.id})
