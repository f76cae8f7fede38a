"""`solve.php`: a normal image in, its text out, in one request."""

from demo.api import codes
from demo.api.answers import Accepted, Answer, Refusal
from demo.api.book import Task
from demo.api.counter import outcome
from demo.api.desk import Desk
from demo.api.exchange import Decide, Time
from demo.api.methods import Shape, method_of
from demo.api.request import Request

LOOK_EVERY = 0.05
"""Seconds between two looks at a task that waits for a thread."""


def solve(time: Time) -> Decide:
    """What `solve.php` does: submit, wait until the task is over, answer."""

    async def decide(desk: Desk, request: Request, now: float) -> Answer:
        method = method_of(request.parameters)
        if method is None or method.name not in ("base64", "post") or method.shape is not Shape.TOKEN:
            return Refusal(codes.BAD_PARAMETERS, "solve.php takes normal images only: method=base64 or post")
        accepted = desk.submit(request, now)
        task = desk.book.find(accepted.id) if isinstance(accepted, Accepted) else None
        return accepted if task is None else await _solved(desk, task, time)

    return decide


async def _solved(desk: Desk, task: Task, time: Time) -> Answer:
    while not task.is_over(now := time.clock()):
        await time.sleep(LOOK_EVERY if task.ends_at is None else task.ends_at - now)
        desk.book.advance(time.clock())
    return outcome(desk, task, now)
