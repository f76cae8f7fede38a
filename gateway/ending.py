"""How a task ended, as it is counted and logged.

Pure. What stands here comes from workers too: texts are cut.
"""

from dataclasses import dataclass, replace

from attempt.evidence import Answer, Evidence, members
from attempt.outcome import submitted_of
from contract import who
from contract.problem import Problem
from contract.submitted import Submitted
from gateway.errand import Errand

LONGEST_TEXT, MOST_LINES = 300, 20
"""Characters of a text, and lines of a trail."""


@dataclass(frozen=True, slots=True)
class End:
    """`outcome` is solved, failed (by the worker's word), left (by its client), or the code of a problem of ours.

    It is replayed where a client sent a task again with its key, and was told the end of what another request began.

    `status` and `error` are what the client was told; None where there was nobody to tell, or no error.
    """

    outcome: str
    submitted: Submitted
    status: int | None = None
    error: str | None = None


LEFT = End("left", Submitted.NO)

REPLAYED = "replayed"


def of_answer(answer: Answer) -> End:
    """The end by a worker's answer."""
    submitted = submitted_of(answer) or Submitted.YES
    if answer.status == 200:
        return End("solved", submitted, 200)
    error = members(answer.body).get("error")
    return End("failed", submitted, answer.status, error[:LONGEST_TEXT] if isinstance(error, str) else None)


def of_problem(problem: Problem) -> End:
    """The end by a problem of ours."""
    return End(problem.error, problem.submitted, problem.status, problem.error)


def again(end: End) -> End:
    """The same for who sent the task again."""
    return replace(end, outcome=REPLAYED)


def fields(errand: Errand, end: End) -> dict[str, object]:
    """What the log says of a task that has ended. Its trail only where it is not the plain one."""
    task, timing, trail = errand.task, errand.timing, errand.trail
    is_ours, stages = end.outcome != REPLAYED, timing.seconds.items()
    told: dict[str, object] = {
        "task": task.id,
        "request": task.request_id,
        "trace": task.trace.id if task.trace else None,
        "tenant": task.tenant.name or None,
        "client": None if task.client.is_unspecified else str(task.client),
        "region": errand.at,
        "worker": errand.worker,
        "captcha_id": members(errand.accepted.body).get("captcha_id") if errand.accepted else None,
        "outcome": end.outcome,
        "submitted": end.submitted.value,
        "status": end.status,
        "error": end.error,
        "attempts": len(trail.attempts),
        "moves": len(trail.moves),
        **{f"{stage}_seconds": round(seconds, 4) for stage, seconds in stages if is_ours},
        "seconds": round(timing.whole, 4),
    }
    if (is_ours and end.outcome != "solved") or len(trail.attempts) > 1 or trail.moves:
        told["trail"] = [line[:LONGEST_TEXT] for line in trail.lines()[:MOST_LINES]]
    return {name: value for name, value in told.items() if value is not None}


def worker_of(evidence: Evidence) -> str | None:
    """Who answered, by its own word; None when nobody did, or did not say."""
    said = evidence.headers.get(who.HEADER.lower()) if isinstance(evidence, Answer) else None
    return said[:LONGEST_TEXT] if said else None
