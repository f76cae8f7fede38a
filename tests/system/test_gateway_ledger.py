"""A gateway and its ledger: what is submitted stands there first, whatever happens to either."""

import asyncio
import json
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.integration.consul_lab import eventually
from tests.integration.postgres_lab import postgres
from tests.system.gateway_lab import TASK, GatewayLab, Region, gateway_lab
from tests.system.lab import READY, Program, Served


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


@dataclass
class File:
    """A ledger in a file, looked at from outside."""

    path: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def rows(self) -> dict[str, dict[str, Any]]:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            return {row["id"]: dict(row) for row in connection.execute("SELECT * FROM nearway_tasks")}

    def only(self) -> dict[str, Any]:
        (row,) = self.rows().values()
        return row


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "ledger.sqlite")


@dataclass
class Watched:
    """A region's worker that looks into the ledger as a task arrives."""

    file: File
    seen: list[dict[str, Any] | None] = field(default_factory=list)

    async def submit(self, region: Region, request: web.Request) -> web.StreamResponse:
        self.seen.append(self.file.rows().get(request.headers["Nearway-Task"]))
        return await region.accept()


async def solve(gateway: Served, **headers: str) -> tuple[int, Any]:
    status, fields, body = await gateway.ask("POST", "/solve", TASK, headers)
    return status, {**body, "submitted": fields["Task-Submitted"]}


async def test_a_task_stands_in_the_ledger_before_it_is_submitted_and_its_end_after(here: GatewayLab, file: File) -> None:
    watched = Watched(file)
    region = await here.region("near", submit=watched.submit, seconds=0.5)
    gateway = await here.gateway(ledger_url=file.url)
    await ends(await here.gateway(ledger_url=file.url, wait=False), "another gateway keeps its ledger in")
    asking = asyncio.create_task(gateway.ask("POST", "/solve", TASK))
    await eventually(lambda: region.accepted == 1, "the task at the region")
    gateway.program.tell()
    status, fields, body = await asking
    assert (status, await gateway.program.ended()) == (200, 0)
    (seen,) = watched.seen
    assert seen is not None
    assert (seen["state"], seen["money"], seen["region"], seen["ended"]) == ("submitting", "unknown", "near", None)
    row = file.only()
    assert (row["id"], row["state"]) == (fields["Nearway-Task"], "solved")
    assert (row["money"], row["captcha_id"], row["location"]) == ("yes", "near-1", "/tasks/near-1?kind=x&submitted=1.5")
    assert row["arrived"] <= row["submitted"] <= row["ended"] <= row["deadline"]
    assert json.loads(row["result"]) == body
    assert [line[:12] for line in json.loads(row["trail"])] == ["near: tried "]
    with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
        other.execute("UPDATE nearway_schema SET version = 99")
    await ends(await here.gateway(ledger_url=file.url, wait=False), "it is of version 99")


async def test_out_of_the_box_it_is_a_file_that_nearway_spend_finds_too(here: GatewayLab, tmp_path: Path) -> None:
    await here.region("near")
    gateway = await here.gateway(state_directory=f"{tmp_path}/state:{tmp_path}/other")
    assert (await solve(gateway, **{"Idempotency-Key": "k"}))[0] == 200
    await ends(await here.gateway(state_directory=tmp_path / "state", wait=False), "STATE_DIRECTORY")
    gateway.program.tell()
    assert await gateway.program.ended() == 0
    command = ["-m", "nearway", "spend", "--by", "region", "--json"]
    reading = Program.start(tmp_path / "said", command, {"STATE_DIRECTORY": str(tmp_path / "state")})
    assert await reading.ended() == 0
    told = {"region": "near", "tasks": 1, "submitted": 1, "solved": 1, "failed": 0, "unknown": 0}
    assert json.loads(reading.said()) == [told]


async def ends(gateway: Served, why: str) -> None:
    """At once, and says so."""
    assert await gateway.program.ended() == 2
    assert why in gateway.program.said()
    assert "Traceback" not in gateway.program.said()


async def test_whenever_it_is_killed_whatever_a_region_was_sent_stands_in_the_ledger(here: GatewayLab, file: File) -> None:
    async def kill(region: Region, request: web.Request) -> web.StreamResponse:
        gateway.program.kill()
        return await region.accept()

    region = await here.region("near", submit=kill, slots=1000)
    gateway = await here.gateway(ledger_url=file.url)
    with pytest.raises(aiohttp.ClientError):
        await solve(gateway)
    assert (file.only()["state"], file.only()["money"], file.only()["region"]) == ("submitting", "unknown", "near")
    region.submit = None
    gateway = await here.gateway(ledger_url=file.url)
    asking = [asyncio.create_task(solve(gateway)) for _ in range(100)]
    await eventually(lambda: len(region.lines("POST")) > 40, "tasks at the region")
    gateway.program.kill()
    await asyncio.wait(asking)
    for one in asking:
        one.exception()
    rows = file.rows()
    posted = [one.headers["nearway-task"] for one in region.asked if one.line.startswith("POST")]
    assert len(posted) == len(set(posted))
    assert {rows[name]["money"] for name in posted} <= {"unknown", "yes"}


@pytest.mark.parametrize("kind", ["file", "server"])
async def test_what_a_killed_gateway_has_left_comes_to_its_end_without_its_clients(
    here: GatewayLab, file: File, kind: str
) -> None:
    hangs = asyncio.Event()

    async def submit(region: Region, request: web.Request) -> web.StreamResponse:
        if len(region.lines("POST")) > 1:
            await hangs.wait()
        return await region.accept()

    region = await here.region("near", slots=2, seconds=2.0, submit=submit)
    with postgres("fsync = off") if kind == "server" else nullcontext() as server:
        if server is not None:
            server.start()
            await server.ready()
        url = file.url if server is None else server.url()
        gateway = await here.gateway(ledger_url=url)
        others = [] if server is None else [await here.gateway(ledger_url=url)]
        ends: list[tuple[str, str, str | None]] = []

        async def stand(*states: str) -> bool:
            asked = "SELECT state, money, error FROM nearway_tasks"
            rows = await server.ask(asked) if server is not None else file.rows().values()
            ends[:] = sorted(((row["state"], row["money"], row["error"]) for row in rows), key=str)
            return [state for state, _, _ in ends] == [*states]

        lost = [asyncio.create_task(solve(gateway)) for _ in range(3)]
        await eventually(partial(stand, "accepted", "submitting", "waiting"), "each of the three as far as it can be")
        gateway.program.kill()
        await asyncio.gather(*lost, return_exceptions=True)
        hangs.set()
        if server is None:
            others.append(await here.gateway(ledger_url=url))
        await eventually(partial(stand, "failed", "failed", "solved"), "the end of all three", READY)
    assert ends == [("failed", "no", "TASK_DROPPED"), ("failed", "unknown", "SUBMISSION_UNKNOWN"), ("solved", "yes", None)]
    assert len(region.lines("POST")) == 2


async def test_who_is_asked_at_a_location_writes_the_end_of_another_gateways_task(here: GatewayLab, tmp_path: Path) -> None:
    await here.region("near", seconds=0.5)
    with postgres("fsync = off") as server:
        server.start()
        await server.ready()
        one, two = [await here.gateway(ledger_url=server.url(), tasks_key="k" * 32) for _ in range(2)]
        status, headers, _ = await one.ask("POST", "/solve", TASK, {"Prefer": "respond-async"})
        one.program.kill()
        assert (status, (await two.get(headers["Location"], wait=10))[0]) == (202, 200)

        async def states() -> bool:
            return [row["state"] for row in await server.ask("SELECT state FROM nearway_tasks")] == ["solved"]

        await eventually(states, "the end in the ledger", seconds=5)


async def test_while_the_ledger_is_away_it_refuses_or_goes_on_and_writes_it_later(here: GatewayLab, file: File) -> None:
    region = await here.region("near")
    gone_on = File(file.path.with_name("other.sqlite"))
    refusing = await here.gateway(ledger_url=file.url, ledger_away="refuse")
    going_on = await here.gateway(ledger_url=gone_on.url)  # on loopback, going on is the default
    with (
        closing(sqlite3.connect(file.path, isolation_level=None)) as one,
        closing(sqlite3.connect(gone_on.path, isolation_level=None)) as other,
    ):
        one.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            status, told = await solve(refusing)
            assert (status, told["error"], told["submitted"]) == (503, "LEDGER_UNAVAILABLE", "no")
        assert (await refusing.get("/ready"))[0] == 503
        assert region.lines("POST") == []
        assert (await solve(going_on))[0] == 200
        assert gone_on.rows() == {}
        one.execute("ROLLBACK")
        other.execute("ROLLBACK")
    await here.says(refusing, "/ready", 200)
    assert (await solve(refusing))[0] == 200
    assert refusing.program.said().count("the ledger can't be written: another process holds its lock") == 1
    assert {row["money"] for row in file.rows().values() if row["error"] == "LEDGER_UNAVAILABLE"} <= {"no"}
    await eventually(lambda: [row["state"] for row in gone_on.rows().values()] == ["solved"], "the task in the ledger")


async def test_gateways_share_a_server_that_stops_and_starts(here: GatewayLab) -> None:
    region = await here.region("near")
    with postgres("fsync = off") as server:
        server.start()
        await server.ready()
        gateways = [await here.gateway(ledger_url=server.url(), ledger_away="refuse") for _ in range(2)]
        assert [(await solve(gateway))[0] for gateway in gateways] == [200, 200]
        server.stop(signal.SIGQUIT)
        assert [(await solve(gateway))[1]["error"] for gateway in gateways] == ["LEDGER_UNAVAILABLE"] * 2
        server.start()
        for gateway in gateways:
            await here.says(gateway, "/ready", 200)
        assert [(await solve(gateway))[0] for gateway in gateways] == [200, 200]
        for gateway in gateways:
            gateway.program.tell()
            await gateway.program.ended()
            assert "secret-word" not in gateway.program.said()
        rows = await server.ask("SELECT gateway, count(*) FROM nearway_tasks WHERE state = 'solved' GROUP BY gateway")
        assert sorted(row["count"] for row in rows) == [2, 2]
    assert len(region.lines("POST")) == 4
