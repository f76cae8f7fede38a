"""Thousands of tasks at an API that has stalled, with its limit on looks in force: the worst case for the account."""

import asyncio
from typing import Any

import pytest

from tests.system.lab import Answered, Lab, Served, task

TASKS = 2000
SPEED = 10
LONGEST = 300 / SPEED
"""Seconds a task may take, the API being so many times as fast."""

HALF = 14
"""Seconds after which every second client goes on with another worker."""

pytestmark = pytest.mark.timeout(120)


async def wait_at_both(one: Served, other: Served, number: int) -> Answered:
    """One client: it has its task taken, and waits for it until its time is over."""
    deadline = {"Nearway-Deadline": str(LONGEST)}
    begun = asyncio.get_running_loop().time()
    given = task(f"t{number}", 86_400)
    status, headers, _ = await one.ask("POST", "/solve", given, {**deadline, "Prefer": "respond-async, wait=0"})
    assert status == 202
    if number % 2:
        assert (await one.get(headers["Location"], wait=HALF))[0] == 202
    left = LONGEST - (asyncio.get_running_loop().time() - begun)
    return await (other if number % 2 else one).get(headers["Location"], wait=int(left))


async def test_thousands_of_tasks_at_a_stalled_api_stay_within_its_limit_on_looks(here: Lab) -> None:
    api = await here.api(threads=TASKS, limits="1005")
    one, other = await here.worker(api.url, api_speed=SPEED), await here.worker(api.url, api_speed=SPEED)
    ends = await asyncio.gather(*(wait_at_both(one, other, number) for number in range(TASKS)))
    witness: dict[str, Any] = (await api.get("/witness"))[2]
    assert {status for status, _, _ in ends} == {202}
    assert witness["refused_polls"] == {}
    assert witness["submissions"] == {f"t{number}": 1 for number in range(TASKS)}
    polls = witness["polls"]
    assert max(polls.values()) <= 20
    assert sum(polls.values()) >= 8 * TASKS  # a machine with much to do leaves out points of the grid
    continued, stayed = ([polls[f"t{number}"] for number in range(first, TASKS, 2)] for first in (1, 0))
    assert sum(continued) <= 1.05 * sum(stayed)
