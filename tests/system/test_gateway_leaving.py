"""A gateway that arrives, and one that is told to leave: what becomes of those who wait at it. Real processes and signals."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.integration.consul_lab import eventually
from tests.system.gateway_lab import TASK, GatewayLab, Region, gateway_lab
from tests.system.lab import Answered, Served

KEY: dict[str, Any] = {"tasks_key": "one-key-for-all-gateways-of-this-test"}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


async def solve(gateway: Served, prefer: str | None = None, **headers: str) -> Answered:
    return await gateway.ask("POST", "/solve", TASK, {**({"Prefer": prefer} if prefer else {}), **headers})


def summary(answered: Answered) -> tuple[int, str, str]:
    status, headers, body = answered
    return status, headers["Task-Submitted"], body.get("error", "")


async def test_a_location_comes_at_once_and_any_gateway_answers_there_while_regions_come_and_go(here: GatewayLab) -> None:
    near, far = await here.region("near", seconds=3.0), await here.region("far", location="50,50", seconds=3.0)
    policy = '[[place]]\ncidr = "127.0.0.0/8"\nlocation = [0, 0]'
    one, other = await here.gateway(policy, **KEY), await here.gateway(policy, **KEY)
    status, headers, body = await solve(one, "respond-async")
    location = headers["Location"]
    assert (status, headers["Task-Submitted"], headers["Preference-Applied"]) == (202, "yes", "respond-async")
    assert body["captcha_id"] == "near-1"
    await eventually(lambda: near.lines("GET /tasks") == ["GET /tasks/near-1?kind=x&submitted=1.5"], "the gateway's own wait")

    status, headers, _ = await other.get(location)
    assert (status, headers["Location"], headers["Task-Submitted"]) == (202, location, "yes")
    waiting = asyncio.create_task(other.get(location, wait=30))
    attached = asyncio.create_task(one.get(location, wait=30))
    await eventually(lambda: len(near.lines("GET /tasks")) >= 3, "the wait")
    await near.stop()
    for answered in (await waiting, await attached):
        assert (answered[0], answered[2]["solution"], answered[1]["Nearway-Region"]) == (200, "s-near-1", "far")
        assert answered[1]["Nearway-Task"] == body["task"]
    assert (near.lines("POST"), far.lines("POST")) == (["POST /solve"], [])


async def test_nobody_guesses_a_location(here: GatewayLab) -> None:
    region = await here.region("near", seconds=60.0)
    gateway = await here.gateway()
    location = (await solve(gateway, "respond-async"))[1]["Location"]
    for wrong in (
        location.replace("near-1", "near-2"),
        location.partition("&task")[0],
        location[:-1],
        "/tasks/1",
        "/tasks/%0d%0a",
    ):
        assert summary(await gateway.get(wrong)) == (404, "unknown", "TASK_UNKNOWN")
    assert region.lines("GET /tasks/near-2") == []


async def test_who_would_wait_a_little_gets_the_answer_if_it_comes_in_time(here: GatewayLab) -> None:
    await here.region("near", seconds=1.0)
    gateway = await here.gateway()
    assert (await solve(gateway, "respond-async, wait=30"))[0] == 200
    assert (await solve(gateway, "respond-async, wait=0"))[0] == 202


async def test_told_to_leave_it_holds_who_is_held_hands_locations_out_and_sends_the_others_elsewhere(here: GatewayLab) -> None:
    region = await here.region("near", slots=3, seconds=6.0)
    gateway, other = await here.gateway(**KEY), await here.gateway(**KEY)
    held = asyncio.create_task(solve(gateway))
    patient = asyncio.create_task(solve(gateway, "respond-async, wait=60"))
    third = asyncio.create_task(solve(gateway, "respond-async, wait=60"))
    await eventually(lambda: len(region.unsolved) == 3, "three tasks to be accepted")
    queued = [asyncio.create_task(solve(gateway, prefer)) for prefer in (None, "respond-async, wait=60")]

    async def they_wait() -> bool:
        return bool((await gateway.get("/regions"))[2]["waiting"] == 2)

    await eventually(they_wait, "two tasks to wait")
    gateway.program.tell()
    for answered in await asyncio.gather(*queued):
        assert summary(answered) == (503, "no", "DRAINING")
    located = await patient, await third
    assert {summary(one) for one in located} == {(202, "yes", "")}
    assert not held.done()
    status, _, body = await held
    assert (status, body["solution"][:7]) == (200, "s-near-")
    assert await gateway.program.ended() == 0
    answers = [await other.get(headers["Location"], wait=30) for _, headers, _ in located]
    assert [one[0] for one in answers] == [200, 200]
    assert len(region.lines("POST")) == 3


async def test_it_goes_on_taking_tasks_until_everybody_knows_that_it_leaves(here: GatewayLab) -> None:
    await here.region("near", seconds=0.1)
    gateway = await here.gateway()
    kept = asyncio.create_task(solve(gateway))
    await kept
    gateway.program.tell()
    await here.says(gateway, "/ready", 503)
    assert (await solve(gateway))[0] == 200
    assert await gateway.program.ended() == 0


async def test_at_the_end_of_the_drain_time_each_client_is_told_what_is_known_of_its_task(here: GatewayLab) -> None:
    async def hangs(region: Region, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        raise AssertionError

    paid, mute = await here.region("paid", seconds=60.0), await here.region("mute", location="50,50", submit=hangs)
    gateway, other = await here.gateway(drain_timeout=3, **KEY), await here.gateway(**KEY)
    first = asyncio.create_task(solve(gateway, **{"Nearway-Region": "paid"}))
    second = asyncio.create_task(solve(gateway, **{"Nearway-Region": "mute"}))
    await eventually(lambda: bool(paid.lines("GET /tasks") and mute.lines("POST")), "both tasks to be sent")
    gateway.program.tell()
    answered = await first
    assert summary(answered) == (504, "yes", "GATEWAY_LEFT")
    assert answered[2]["captcha_id"] == "paid-1"
    assert (await other.get(answered[1]["Location"]))[0] == 202
    assert summary(await second) == (502, "unknown", "SUBMISSION_UNKNOWN")
    assert await gateway.program.ended() == 0


async def test_it_is_ready_once_a_datacenter_has_told_of_its_regions_or_its_patience_is_over(here: GatewayLab) -> None:
    nowhere = "http://127.0.0.1:9"
    waits = await here.gateway(wait=False, consul_http_addr=nowhere)
    gives_up = await here.gateway(wait=False, consul_http_addr=nowhere, ready_patience=2)
    await here.says(waits, "/ready", 503)
    await here.says(gives_up, "/ready", 200)
    assert (await waits.get("/ready"))[0] == 503
    assert summary(await solve(gives_up)) == (503, "no", "NO_REGION")
