"""How often a region is asked, counted there: a task is sent once whatever becomes of it, and aiohttp repeats nothing unseen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web

from tests.integration.consul_lab import eventually
from tests.system.gateway_lab import TASK, GatewayLab, Region, Submit, gateway_lab
from tests.system.lab import Answered, Served

POLICY = '[[place]]\ncidr = "127.0.0.0/8"\nlocation = [0, 0]'
SECONDS = "1.5"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


def says(status: int, submitted: str | None, **headers: str) -> Submit:
    async def answer(region: Region, request: web.Request) -> web.StreamResponse:
        said = {"Task-Submitted": submitted} if submitted else {}
        return web.json_response({"error": "X"}, status=status, headers={**said, **headers})

    return answer


async def cuts_off(region: Region, request: web.Request) -> web.StreamResponse:
    """Read, and then nothing."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def stops_halfway(region: Region, request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(status=200, headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"{")
    assert request.transport is not None
    request.transport.abort()
    return response


async def hangs(region: Region, request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    raise AssertionError


SUBMISSIONS: dict[str, tuple[Submit, int, str, int, int]] = {
    "full": (says(503, "no"), 200, "yes", 1, 1),
    "too many requests": (says(429, "no"), 200, "yes", 1, 1),
    "in trouble before it was sent": (says(500, "no"), 200, "yes", 1, 1),
    "a caller's mistake": (says(400, "no"), 400, "no", 1, 0),
    "unsolvable": (says(500, "yes"), 500, "yes", 1, 0),
    "solved at once": (says(200, "yes"), 200, "yes", 1, 0),
    "accepted without a location": (says(202, "yes"), 502, "unknown", 1, 0),
    "an error that says nothing of money": (says(502, None), 502, "unknown", 1, 0),
    "a redirect": (says(307, None, Location="/solve"), 502, "unknown", 1, 0),
    "cut off": (cuts_off, 502, "unknown", 1, 0),
    "cut off halfway": (stops_halfway, 502, "unknown", 1, 0),
    "no answer in time": (hangs, 502, "unknown", 1, 0),
}
"""What the nearest region does; the client's status and what it is told of money; how often each region was sent the task."""


async def solve(gateway: Served, seconds: str = SECONDS) -> Answered:
    return await gateway.ask("POST", "/solve", TASK, {"Nearway-Deadline": seconds})


async def test_a_task_is_sent_to_a_region_once_whatever_comes_of_it(here: GatewayLab) -> None:
    near, far = await here.region("near", seconds=0.1), await here.region("far", "50,50", seconds=0.1)
    gateway = await here.gateway(POLICY)
    for name, (submit, status, submitted, at_near, at_far) in SUBMISSIONS.items():
        near.submit, near.asked[:], far.asked[:] = submit, [], []
        answered = await solve(gateway)
        told = answered[0], answered[1]["Task-Submitted"], len(near.lines("POST")), len(far.lines("POST"))
        assert told == (status, submitted, at_near, at_far), name
        near.submit = None
        await here.takes(gateway, "near")


async def test_with_nobody_there_the_task_is_sent_elsewhere_once(here: GatewayLab) -> None:
    near, far = await here.region("near"), await here.region("far", "50,50")
    gateway = await here.gateway(POLICY)
    await near.stop()
    assert (await solve(gateway))[0] == 200
    assert (near.lines("POST"), far.lines("POST")) == ([], ["POST /solve"])


WAITS: dict[str, Callable[[], Submit]] = {
    "cut off": lambda: cuts_off,
    "no telling answer": lambda: says(502, None),
    "full of waits": lambda: says(503, "yes"),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
async def test_waits_that_fail_go_round_at_a_measured_pace_and_nothing_is_sent_again(
    here: GatewayLab, wait: Callable[[], Submit]
) -> None:
    near, far = await here.region("near", wait=wait()), await here.region("far", "50,50", wait=wait())
    gateway = await here.gateway(POLICY)
    status, headers, body = await solve(gateway, "4")
    assert (status, headers["Task-Submitted"], body["captcha_id"]) == (504, "yes", "near-1")
    assert headers["Location"].startswith("/tasks/near-1?")
    assert len(near.lines("POST")) + len(far.lines("POST")) == 1
    # Rounds at 0, 0.25, 0.75, 1.75 and 3.75 s; and aiohttp asks twice by itself where a connection was cut off.
    for region in (near, far):
        assert 4 <= len(region.lines("GET /tasks")) <= 12


async def test_a_gateway_that_comes_late_neither_starves_nor_hammers_a_region_that_another_holds_whole(here: GatewayLab) -> None:
    region = await here.region("only", slots=8, seconds=0.5)
    first = await here.gateway()
    crowd = [asyncio.create_task(solve(first, "300")) for _ in range(400)]
    await eventually(lambda: len(region.unsolved) == 8, "every slot to be taken")
    late = await here.gateway()
    answered = await asyncio.gather(*(solve(late, "300") for _ in range(8)))
    assert [one[0] for one in answered] == [200] * 8
    assert not all(task.done() for task in crowd), "it did not have to wait until the other had done"
    assert region.most == 8
    # A refused gateway does not hammer: some requests a second for a full region, whatever waits.
    assert region.refused < 400
    for task in crowd:
        task.cancel()
