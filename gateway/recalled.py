"""What is told of a task that is asked for by its id, once it is over or nobody carries it.

Pure. An error of ours that cost nothing is told as `TASK_DROPPED`, 410: told as it was, mostly a 503, it would have programs ask
again and again for ever.
"""

import json
from dataclasses import replace

from attempt.evidence import Answer
from contract.problem import Problem, ProblemError, problem
from contract.submitted import Submitted
from gateway import answers
from gateway.ledger.record import Record, State


def unknown() -> Problem:
    """There is none of that id for this tenant, and whether there is one for another is nobody's business."""
    return problem("TASK_UNKNOWN", "This tenant has no task of this id in the ledger of this gateway")


def unreadable(why: str) -> Problem:
    """Nobody can tell now."""
    detail = f"The ledger can't be asked for the task: {why}"
    return problem("LEDGER_UNAVAILABLE", detail, submitted=Submitted.UNKNOWN, retry_after=2)


def recalled(record: Record) -> Answer:
    """The answer of a task that is over, as its client was given it. ProblemError where there is none, or none any more."""
    if record.money is Submitted.NO and (record.status or 500) >= 500:
        raise ProblemError(dropped(record.id, f"it ended with {record.error}" if record.error else "its client left"))
    if record.result is None:
        raise ProblemError(forgotten(record))
    return answers.kept(record)


def told_here(task: str, error: Problem) -> Problem:
    """A problem with which a task has just ended, for who asked for it by its id."""
    return dropped(task, f"it ended with {error.error}") if error.submitted is Submitted.NO and error.status >= 500 else error


def lost(record: Record) -> Problem:
    """The task's gateway is gone, and nobody can go on with it: what is known."""
    told = _known(record)
    if record.money is Submitted.YES:
        return problem("DEADLINE_EXCEEDED", "The task is paid for, and its gateway ended before its answer came", more=told)
    if record.money is Submitted.UNKNOWN:
        detail = f"The task was being sent to {record.region} when its gateway ended: whether it is paid for can't be told"
        return replace(problem("SUBMISSION_UNKNOWN", detail, more=told), status=502)
    return dropped(record.id, "its gateway ended")


def dropped(task: str, why: str) -> Problem:
    """The task was not handed to any region."""
    detail = f"The task was not done, for {why}. Nothing was spent: send it again"
    return problem("TASK_DROPPED", detail, more={"task": task}, headers={"Nearway-Task": task})


def forgotten(record: Record) -> Problem:
    """The task is over, and its answer is not kept any longer."""
    how = "was solved" if record.state is State.SOLVED else f"ended with {record.error}"
    detail = f"The task {how}, and its answer is not kept any longer (LEDGER_RESULTS)"
    made = problem("ANSWER_FORGOTTEN", detail, submitted=record.money, more={**_known(record), "state": record.state.value})
    return replace(made, headers={"Nearway-Task": record.id})


def _known(record: Record) -> dict[str, object]:
    told: dict[str, object] = {"task": record.id, "trail": json.loads(record.trail)}
    return told if record.captcha_id is None else {**told, "captcha_id": record.captcha_id}
