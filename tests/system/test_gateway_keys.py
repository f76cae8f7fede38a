"""A task with an `Idempotency-Key` is carried once, however often it is sent, and through its gateway's death."""

import asyncio
import hashlib
import json
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web

from tests.integration.consul_lab import eventually
from tests.integration.postgres_lab import Server, postgres
from tests.system.gateway_lab import TASK, GatewayLab, Region, gateway_lab
from tests.system.lab import Answered, Served

LEDGER = "sqlite:///{}/ledger.sqlite"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


async def solve(gateway: Served, key: str = "k", body: object = TASK, **headers: str) -> Answered:
    return await gateway.ask("POST", "/solve", body, {"Idempotency-Key": key, **headers})


def told(answered: Answered) -> tuple[int, Any, Any, str, bool]:
    status, headers, body = answered
    replayed = headers.get("Idempotent-Replayed") == "true"
    return status, body.get("solution"), body.get("error"), headers["Task-Submitted"], replayed


def ends(gateway: Served) -> list[tuple[str, Any, str]]:
    """The outcome, the status and the money of each line in the log of a task's end."""
    lines = [json.loads(line) for line in gateway.program.said().splitlines()]
    return [(one["outcome"], one.get("status"), one["submitted"]) for one in lines if one["event"] == "task ended"]


async def test_sent_again_it_is_the_same_task_running_or_over_and_after_a_restart(here: GatewayLab, tmp_path: Path) -> None:
    region = await here.region("near", seconds=1.0)
    gateway = await here.gateway(ledger_url=LEDGER.format(tmp_path))
    same = {"b": 1, "a": 2}, {"a": 2, "b": 1}
    both = await asyncio.gather(*(solve(gateway, body=body) for body in same))
    assert [told(one) for one in both] == [(200, "s-near-1", None, "yes", False)] * 2
    assert len({headers["Nearway-Task"] for _, headers, _ in both}) == 1
    again = await solve(gateway, '"k"', same[0])
    assert told(again) == (200, "s-near-1", None, "yes", True)
    assert sorted(ends(gateway)) == [("replayed", 200, "yes")] * 2 + [("solved", 200, "yes")]
    gateway.program.tell()
    await gateway.program.ended()
    other = await here.gateway(ledger_url=LEDGER.format(tmp_path))
    later = await solve(other, body=same[0])
    assert told(later) == (200, "s-near-1", None, "yes", True)
    assert told(await solve(other, body={"b": 3}))[:3] == (422, None, "IDEMPOTENCY_KEY_REUSED")
    assert ends(other) == [("replayed", 200, "yes"), ("IDEMPOTENCY_KEY_REUSED", 422, "no")]
    assert later[1]["Nearway-Task"] == both[0][1]["Nearway-Task"]
    assert (later[2], later[1]["Content-Type"]) == (both[0][2], both[0][1]["Content-Type"])
    assert region.lines("POST") == ["POST /solve"]


async def test_another_body_another_key_another_tenant(here: GatewayLab, tmp_path: Path) -> None:
    region = await here.region("near")
    hashes = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("one", "two")}
    policy = "".join(f'[[tenant]]\nname = "{name}"\nkeys = ["sha256:{hashed}"]\n' for name, hashed in hashes.items())
    gateway = await here.gateway(policy, ledger_url=LEDGER.format(tmp_path))
    one, two = ({"Authorization": f"Bearer {name}"} for name in hashes)
    first = await solve(gateway, **one)
    other = await solve(gateway, body={"method": "other"}, **one)
    assert told(other) == (422, None, "IDEMPOTENCY_KEY_REUSED", "no", False)
    assert told(await solve(gateway, body={"method": "other"}, **two))[0] == 200, "keys are a tenant's own"
    assert told(await solve(gateway, "l", **one))[0] == 200
    assert told(await solve(gateway, **one)) == (*told(first)[:4], True)
    assert told(await solve(gateway, "no key", **one))[:3] == (400, None, "BAD_REQUEST")
    assert len(region.lines("POST")) == 3


async def test_accepted_by_a_gateway_that_is_killed_it_is_waited_for_by_the_next(here: GatewayLab, tmp_path: Path) -> None:
    region = await here.region("near", seconds=4.0)
    gateway = await here.gateway(ledger_url=LEDGER.format(tmp_path))
    asking = asyncio.create_task(solve(gateway))
    await eventually(lambda: len(region.lines("GET /tasks")) > 0, "the task waited for")
    await eventually(lambda: states(tmp_path) == ["accepted"], "that in the ledger")
    gateway.program.kill()
    with pytest.raises(aiohttp.ClientError):
        await asking
    second = await here.gateway(ledger_url=LEDGER.format(tmp_path))
    both = await asyncio.gather(solve(second), solve(second))
    assert [told(one)[:4] for one in both] == [(200, "s-near-1", None, "yes")] * 2
    assert told(await solve(second))[:4] == (200, "s-near-1", None, "yes")
    await eventually(lambda: states(tmp_path) == ["solved"], "its end in the ledger")
    assert ends(second).count(("solved", 200, "yes")) == 1
    assert {outcome for outcome, _, _ in ends(second)} == {"solved", "replayed"}
    assert region.lines("POST") == ["POST /solve"]


def states(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger:
        return [state for (state,) in ledger.execute("SELECT state FROM nearway_tasks ORDER BY arrived")]


async def test_killed_as_it_was_sent_it_is_not_sent_again(here: GatewayLab, tmp_path: Path) -> None:
    async def kill(region: Region, request: web.Request) -> web.StreamResponse:
        gateway.program.kill()
        return await region.accept()

    region = await here.region("near", submit=kill)
    gateway = await here.gateway(ledger_url=LEDGER.format(tmp_path))
    with pytest.raises(aiohttp.ClientError):
        await solve(gateway)
    region.submit = None
    second = await here.gateway(ledger_url=LEDGER.format(tmp_path))
    for _ in range(2):
        assert told(await solve(second))[:4] == (502, None, "SUBMISSION_UNKNOWN", "unknown")
    assert region.lines("POST") == ["POST /solve"]


async def says(gateway: Served, metric: str, value: float) -> None:
    async def does() -> bool:
        return await gateway.metric(metric) == value

    await eventually(does, f"{metric} to be {value}")


async def test_what_cost_nothing_is_tried_again_at_once(here: GatewayLab, tmp_path: Path) -> None:
    gateway = await here.gateway(wait=False, ledger_url=LEDGER.format(tmp_path))
    await here.says(gateway, "/health", 200)
    assert told(await solve(gateway))[:4] == (503, None, "NO_REGION", "no")
    region = await here.region("near")
    await here.says(gateway, "/ready", 200)

    async def is_solved() -> bool:
        return told(await solve(gateway))[0] == 200

    await eventually(is_solved, "the region known")
    assert region.lines("POST") == ["POST /solve"]


async def test_one_of_two_clients_that_leaves_takes_nothing_from_the_other(here: GatewayLab, tmp_path: Path) -> None:
    region = await here.region("near", slots=1, seconds=2.0)
    gateway = await here.gateway(ledger_url=LEDGER.format(tmp_path))
    holding = asyncio.create_task(solve(gateway, "holding"))
    await eventually(lambda: region.accepted == 1, "the slot taken")
    leaves, stays = (asyncio.create_task(solve(gateway)) for _ in range(2))
    await says(gateway, "nearway_queue_length", 1)
    leaves.cancel()
    assert told(await stays)[:2] == (200, "s-near-2")
    assert told(await holding)[:2] == (200, "s-near-1")


async def test_without_a_ledger_nobody_can_tell_and_nothing_is_sent(here: GatewayLab, tmp_path: Path) -> None:
    region = await here.region("near")
    gateway = await here.gateway(ledger_url="none")
    assert told(await solve(gateway)) == (503, None, "LEDGER_UNAVAILABLE", "no", False)
    other = await here.gateway(ledger_url=LEDGER.format(tmp_path), ledger_away="go-on")
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        assert told(await solve(other))[:3] == (503, None, "LEDGER_UNAVAILABLE")
        lock.execute("ROLLBACK")
    await says(other, "nearway_ledger_up", 1)
    assert region.lines("POST") == []
    assert told(await solve(other))[0] == 200


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres("fsync = off") as made:
        made.start()
        asyncio.run(made.ready())
        yield made


@pytest.fixture
async def ledger(server: Server) -> str:
    """The URL of a new one that gateways can share."""
    name = f"t{uuid4().hex}"
    await server.ask(f"CREATE DATABASE {name}")
    return server.url(name)


async def test_gateways_over_one_postgresql_carry_it_once_and_all_have_its_answer(here: GatewayLab, ledger: str) -> None:
    region = await here.region("near", slots=1, seconds=1.5)
    one, two = [await here.gateway(ledger_url=ledger, tasks_key="k" * 32) for _ in range(2)]
    holding = asyncio.create_task(solve(one, "holding"))
    await eventually(lambda: region.accepted == 1, "the slot taken")
    first = asyncio.create_task(solve(one))
    await says(one, "nearway_queue_length", 1)
    elsewhere = await solve(two, **{"Nearway-Deadline": "0.3"})
    assert (told(elsewhere)[:4], elsewhere[1]["Retry-After"]) == ((409, None, "TASK_ELSEWHERE", "unknown"), "5")
    assert told(await solve(two, body={"method": "other"}))[:3] == (422, None, "IDEMPOTENCY_KEY_REUSED")
    followed, located = await asyncio.gather(solve(two), solve(two, Prefer="respond-async"))
    assert told(followed)[:4] == told(await first)[:4] == (200, "s-near-2", None, "yes")
    assert (located[0], located[1]["Nearway-Task"]) == (202, followed[1]["Nearway-Task"])
    assert (await one.get(located[1]["Location"], wait=5))[2]["solution"] == "s-near-2"
    assert told(await solve(two)) == (200, "s-near-2", None, "yes", True)
    assert told(await holding)[0] == 200
    assert region.lines("POST") == ["POST /solve"] * 2


async def test_a_gateway_that_is_killed_leaves_its_tasks_to_the_one_that_is_asked(here: GatewayLab, ledger: str) -> None:
    posted, late = Counter[str](), asyncio.Event()

    async def submit(region: Region, request: web.Request) -> web.StreamResponse:
        name = (await request.json())["task"]
        posted[name] += 1
        if name == "submitting":
            await late.wait()
        return await region.accept()

    await here.region("near", slots=2, seconds=3.0, submit=submit)
    one, two = [await here.gateway(ledger_url=ledger) for _ in range(2)]
    names = ("accepted", "submitting", "waiting")
    lost = []
    for name, count in zip(names, (1, 2, 2), strict=True):
        lost.append(asyncio.create_task(solve(one, name, {"task": name})))
        await eventually(lambda least=count: posted.total() == least, f"{name} on its way")  # type: ignore[misc]
    await says(one, "nearway_queue_length", 1)
    following = [asyncio.create_task(solve(two, name, {"task": name})) for name in names]
    one.program.kill()  # before a slot is free, which the one that waits would be sent to
    await asyncio.wait(lost)
    assert [told(await each)[:4] for each in following] == [
        (200, "s-near-1", None, "yes"), (502, None, "SUBMISSION_UNKNOWN", "unknown"), (200, "s-near-2", None, "yes"),
    ]  # fmt: skip
    late.set()
    assert posted == Counter(names)
    # What was left is found by its client, or by the gateway itself first and then told again.
    assert {("SUBMISSION_UNKNOWN", 502, "unknown"), ("solved", 200, "yes")} <= set(ends(two))


async def test_a_gateway_that_was_frozen_submits_nothing_that_another_has_taken_over(here: GatewayLab, ledger: str) -> None:
    region = await here.region("near", slots=1, seconds=1.0)
    one, two = [await here.gateway(ledger_url=ledger) for _ in range(2)]
    holding = asyncio.create_task(solve(one, "holding"))
    await eventually(lambda: region.accepted == 1, "the slot taken")
    both = [asyncio.create_task(solve(one))]
    await says(one, "nearway_queue_length", 1)
    one.program.process.send_signal(signal.SIGSTOP)
    both.append(asyncio.create_task(solve(two)))
    assert told(await both[1])[:2] == (200, "s-near-2"), "it was taken over"
    one.program.process.send_signal(signal.SIGCONT)
    assert told(await both[0])[:4] == told(await both[1])[:4]
    assert told(await holding)[0] == 200
    assert region.lines("POST") == ["POST /solve"] * 2
    assert "took it over" in one.program.said()
