"""What a caller is told when its task ends otherwise than solved."""

import math
from collections.abc import Iterable

from contract.problem import Problem, problem
from worker.codes import Class, Code, code_of, code_problem
from worker.location import Receipt
from worker.outcome import Lost, NotSent
from worker.redact import redact
from worker.reply import Refused, Unreadable

_LATER = frozenset({Class.ACCOUNT, Class.BLOCKED, Class.TRANSIENT})


def not_submitted(outcome: Refused | Unreadable | NotSent | Lost, secrets: Iterable[str]) -> Problem:
    """After a hand-over that was the last."""
    if isinstance(outcome, NotSent):
        return problem("SOLVER_UNREACHABLE", f"The solving API: {outcome.why}")
    if isinstance(outcome, Refused):
        return _refused(code_of(outcome.code), _clean(outcome.text, secrets))
    return problem("SUBMISSION_UNKNOWN", f"The solving API: {outcome.why}")


def no_turn() -> Problem:
    """When the turn to hand over did not come in the task's time."""
    return problem("SOLVER_BUSY", "Too many tasks wait for their turn", retry_after=5)


def no_time() -> Problem:
    """When a request's time was over before it came."""
    return problem("SOLVER_BUSY", "The request left no time for its task", retry_after=1)


def not_solved(receipt: Receipt, code: Code, text: str | None, secrets: Iterable[str]) -> Problem:
    """After a look that ends the task, or that the account does not allow."""
    return code_problem(
        code,
        accepted=True,
        text=_clean(text, secrets),
        retry_after=_whole(code.seconds) if code.kind in _LATER else None,
        captcha_id=receipt.captcha_id,
        location=receipt.location if code.kind in _LATER else "",
    )


def out_of_time(receipt: Receipt) -> Problem:
    """When the task's time is over."""
    more, headers = {"captcha_id": receipt.captcha_id}, {"Location": receipt.location}
    return problem("TIMEOUT", "Not solved when the request's time was over", more=more, headers=headers)


def _refused(code: Code, text: str | None) -> Problem:
    if code.kind in (Class.BUSY, Class.PACE):
        return problem("SOLVER_BUSY", f"{code.name}: {code.title}", retry_after=_whole(code.seconds))
    return code_problem(code, accepted=False, text=text, retry_after=_whole(code.seconds) if code.kind in _LATER else None)


def _clean(text: str | None, secrets: Iterable[str]) -> str | None:
    return redact(text, secrets) if text else None


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))
