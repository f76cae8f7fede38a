import asyncio
from ipaddress import ip_address

import pytest

from attempt.evidence import Answer
from contract.problem import ProblemError, problem
from gateway.errand import Errand
from gateway.keyed import Carried
from gateway.task import Key, Task
from gateway.timing import Timing


async def ends(end: Answer | Exception | None) -> Answer:
    if isinstance(end, Exception):
        raise end
    if end is None:
        await asyncio.Event().wait()
        raise AssertionError
    return end


@pytest.mark.parametrize(
    ("end", "came_to_nothing"),
    [
        (Answer(200, {"task-submitted": "yes"}, b""), False),
        (Answer(400, {"task-submitted": "no"}, b""), True),
        (ProblemError(problem("NO_REGION", "")), True),
        (ProblemError(problem("SUBMISSION_UNKNOWN", "")), False),
        (ZeroDivisionError(), True),
        (None, False),
    ],
    ids=["solved", "refused", "no region", "unknown", "a fault of ours", "under way"],
)
async def test_what_cost_nothing_may_be_tried_again(end: Answer | Exception | None, came_to_nothing: bool) -> None:
    errand = Errand(Task("t", "r", b"{}", ip_address("::1"), 100.0), Timing(lambda: 0.0))
    carried = Carried(errand, asyncio.create_task(ends(end)), Key("k", "f"))
    assert not carried.came_to_nothing, "it has only begun"
    await asyncio.wait([carried.work], timeout=0.01)
    assert carried.came_to_nothing is came_to_nothing
    if carried.work.cancel():
        assert carried.came_to_nothing, "whoever comes now must not be left with the client that has just gone"
