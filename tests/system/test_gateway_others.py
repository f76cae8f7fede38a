"""Workers that are not resumable: the submission lasts as long as the solve, and the slot is taken all the while."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.integration.consul_lab import eventually
from tests.system.gateway_lab import TASK, GatewayLab, Region, gateway_lab
from tests.system.lab import Answered, Served

POLICY = '[[place]]\ncidr = "127.0.0.0/8"\nlocation = [0, 0]'


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


class Holding:
    """A worker that answers with the solution once it is let, and never with 202."""

    def __init__(self) -> None:
        self.held: list[web.Request] = []
        self.most = 0
        self.let = asyncio.Event()

    async def submit(self, region: Region, request: web.Request) -> web.StreamResponse:
        self.held.append(request)
        self.most = max(self.most, len(self.held))
        try:
            await self.let.wait()
            return web.json_response({"solution": "s"}, headers={"Task-Submitted": "yes"})
        finally:
            self.held.remove(request)

    def die(self) -> None:
        """As by SIGKILL."""
        for request in self.held:
            assert request.transport is not None
            request.transport.abort()


async def solve(gateway: Served, seconds: str = "30") -> Answered:
    return await gateway.ask("POST", "/solve", TASK, {"Nearway-Deadline": seconds})


async def in_flight(gateway: Served) -> int:
    (row,) = (await gateway.get("/regions"))[2]["regions"]
    return int(row["in_flight"])


async def test_a_task_has_its_slot_until_the_worker_has_answered_and_the_next_waits_for_it(here: GatewayLab) -> None:
    worker = Holding()
    region = await here.region("near", slots=2, submit=worker.submit)
    gateway = await here.gateway(POLICY)
    tasks = [asyncio.create_task(solve(gateway)) for _ in range(5)]
    await eventually(lambda: len(worker.held) == 2, "two tasks held")

    async def queued() -> bool:
        return await gateway.metric("nearway_queue_length") == 3

    await eventually(queued, "three that wait")
    assert await in_flight(gateway) == 2
    worker.let.set()
    answers = await asyncio.gather(*tasks)
    told = [(status, headers["Task-Submitted"], body) for status, headers, body in answers]
    assert told == [(200, "yes", {"solution": "s"})] * 5
    assert worker.most == 2
    assert len(region.lines("POST")) == 5
    assert await in_flight(gateway) == 0


async def test_one_that_is_killed_meanwhile_leaves_unknown_tasks_that_are_sent_nowhere_and_free_slots(here: GatewayLab) -> None:
    worker = Holding()
    near, far = await here.region("near", slots=2, submit=worker.submit), await here.region("far", "50,50")
    gateway = await here.gateway(POLICY)
    tasks = [asyncio.create_task(solve(gateway)) for _ in range(2)]
    await eventually(lambda: len(worker.held) == 2, "two tasks held")
    worker.die()
    for status, headers, body in await asyncio.gather(*tasks):
        assert (status, headers["Task-Submitted"], body["error"]) == (502, "unknown", "SUBMISSION_UNKNOWN")
    assert (len(near.lines("POST")), far.lines("POST")) == (2, [])
    worker.let.set()
    await here.takes(gateway, "near")
    assert (await solve(gateway))[0] == 200
    rows = (await gateway.get("/regions"))[2]["regions"]
    assert {row["name"]: row["in_flight"] for row in rows} == {"near": 0, "far": 0}


async def test_one_that_is_too_slow_for_the_deadline_is_unknown_and_not_sent_again(here: GatewayLab) -> None:
    worker = Holding()
    near, far = await here.region("near", submit=worker.submit), await here.region("far", "50,50")
    gateway = await here.gateway(POLICY)
    status, headers, _ = await solve(gateway, "1")
    assert (status, headers["Task-Submitted"]) == (502, "unknown")
    assert (len(near.lines("POST")), far.lines("POST")) == (1, [])
    assert float(near.asked[-1].headers["nearway-deadline"]) <= 1
