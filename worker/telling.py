"""A line in the log for each request about a task: never the task itself, and never its solution."""

import logging
import time
from dataclasses import dataclass, field

from contract.problem import Problem
from contract.submitted import Submitted
from worker.calls import Call

log = logging.getLogger("worker.task")


@dataclass(slots=True)
class About:
    """What a request is about, as it comes to be known.

    `arrived` is of the monotonic clock, `begun` the same in seconds since 1970; `calls` are those to the API.
    """

    arrived: float
    method: str | None = None
    captcha_id: str | None = None
    calls: list[Call] = field(default_factory=list)
    begun: float = field(default_factory=time.time)


def tell(asked: str, about: About, status: int, submitted: str | None, problem: Problem | None) -> None:
    """Log the end of a request; `asked` is its HTTP method, `submitted` what its answer says of the money."""
    seconds = round(time.monotonic() - about.arrived, 4)
    level = logging.DEBUG if asked == "GET" and status == 202 else logging.INFO
    log.log(level, _event(status, submitted), extra={**told(about, status, submitted, problem), "seconds": seconds})


def told(about: About, status: int, submitted: str | None, problem: Problem | None) -> dict[str, str | int]:
    """What is said of a request, in the log and in its span."""
    fields = {
        "method": about.method,
        "captcha_id": about.captcha_id or (str(problem.more.get("captcha_id", "")) if problem else None) or None,
        "status": status,
        "error": problem.error if problem else None,
        "submitted": submitted,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _event(status: int, submitted: str | None) -> str:
    if status == 200:
        return "task solved"
    if status == 202:
        return "task accepted"
    return "task refused" if submitted == Submitted.NO.value else "task failed"
