"""What an exchange with a worker means for a task: it is solved, accepted, over, or may go to another worker.

Pure. No worker knows a task by a key: whatever may have been paid for is never sent again.
"""

from dataclasses import dataclass, replace

from attempt.evidence import Answer, Evidence, members
from attempt.outcome import Outcome, Waited, outcome_of, submitted_of, waited_for
from contract.submitted import Submitted
from nearway.balancer.standing import told
from nearway.balancer.worker import Worker
from nearway.client.errors import FailedError, NearwayError, NotAllowedError, TaskRefusedError, UnknownError
from nearway.client.judging import Accepted, error_of
from nearway.client.solution import Solution, read_solution


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Nothing was paid there: on to whoever has room."""


Verdict = Solution | Accepted | Elsewhere | NearwayError


def judge_sent(evidence: Evidence, worker: Worker) -> Verdict:
    """Of a task that was sent to a worker."""
    outcome = outcome_of(evidence)
    if outcome in (Outcome.UNSENT, Outcome.REFUSED):
        return Elsewhere()
    if outcome is Outcome.UNKNOWN or not isinstance(evidence, Answer):
        return _unknown(evidence, worker)
    if outcome is Outcome.ACCEPTED:
        return Accepted(evidence.headers["location"])
    return _answered(evidence, worker)


def judge_asked(evidence: Evidence, worker: Worker) -> Solution | NearwayError | None:
    """Of a wait for a task that was accepted; None when that was no last word."""
    if waited_for(evidence) is not Waited.DONE or not isinstance(evidence, Answer):
        return None
    return _solution(evidence, worker) or error_of(FailedError, evidence, Submitted.YES, worker.url)


def too_late(location: str) -> NearwayError:
    """Of a task that was accepted, whose time is over."""
    return FailedError(
        "DEADLINE_EXCEEDED",
        "It is paid for, and its time ran out before its solution came: `resume` asks for it again",
        Submitted.YES,
        location=location,
    )


def _answered(answer: Answer, worker: Worker) -> Verdict:
    said = submitted_of(answer)
    if said is Submitted.NO:
        kind = NotAllowedError if answer.status in (401, 403) else TaskRefusedError
        return error_of(kind, answer, Submitted.NO, worker.url)
    if said is Submitted.YES:
        return _solution(answer, worker) or error_of(FailedError, answer, Submitted.YES, worker.url)
    return _solution(answer, worker) or _unknown(answer, worker)


def _solution(answer: Answer, worker: Worker) -> Solution | None:
    found = members(answer.body)
    if answer.status != 200 or not found:
        return None
    solution = read_solution(answer, found)
    return replace(solution, region=solution.region or worker.region)


def _unknown(evidence: Evidence, worker: Worker) -> NearwayError:
    if isinstance(evidence, Answer) and submitted_of(evidence) is not None:
        return error_of(UnknownError, evidence, Submitted.UNKNOWN, worker.url)
    status = evidence.status if isinstance(evidence, Answer) else None
    return UnknownError("SUBMISSION_UNKNOWN", f"{worker.url}: {told(evidence)}", Submitted.UNKNOWN, status=status)
