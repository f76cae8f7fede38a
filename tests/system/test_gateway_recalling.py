"""`GET /tasks/<id>`: a task by its id alone, at any gateway over the same ledger, and only for its tenant."""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.postgres_lab import postgres
from tests.system.gateway_lab import TASK, GatewayLab, Region, gateway_lab
from tests.system.lab import Answered, Served

HASHES = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("one", "two")}
TENANTS = "".join(f'[[tenant]]\nname = "{name}"\nkeys = ["sha256:{hashed}"]\n' for name, hashed in HASHES.items())
ONE, TWO = ({"Authorization": f"Bearer {name}"} for name in HASHES)
UNKNOWN = "0" * 32


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


async def send(gateway: Served, prefer: str = "respond-async", **headers: str) -> Answered:
    return await gateway.ask("POST", "/solve", TASK, {"Prefer": prefer, **headers})


async def recall(gateway: Served, name: str, prefer: str = "wait=0", **headers: str) -> Answered:
    return await gateway.ask("GET", f"/tasks/{name}", None, {"Prefer": prefer, **headers})


def told(answered: Answered) -> tuple[int, object, str]:
    status, headers, body = answered
    return status, body.get("error") or body.get("state") or body.get("solution"), headers["Task-Submitted"]


async def filled(region: Region, gateway: Served, **headers: str) -> Answered:
    """A task that has the region's only slot."""
    first = await send(gateway, **headers)
    assert told(first) == (202, "accepted", "yes")
    return first


async def test_a_task_that_waits_for_a_slot_is_asked_for_by_its_id_through_all_it_goes_through(
    here: GatewayLab, tmp_path: Path
) -> None:
    region = await here.region("near", slots=1, seconds=2.0)
    gateway = await here.gateway(TENANTS, ledger_url=f"sqlite:///{tmp_path}/l.sqlite")
    first = await filled(region, gateway, **ONE)
    waiting = await send(gateway, "respond-async, wait=0", **ONE)
    name = waiting[1]["Nearway-Task"]
    assert (told(waiting), waiting[1]["Location"]) == ((202, "waiting", "unknown"), f"/tasks/{name}")
    assert told(await recall(gateway, name, **ONE)) == (202, "waiting", "unknown")
    assert told(await recall(gateway, first[1]["Nearway-Task"], **ONE)) == (202, "accepted", "yes")
    theirs, nobodys = await recall(gateway, name, **TWO), await recall(gateway, UNKNOWN, **TWO)
    assert told(theirs) == told(nobodys) == (404, "TASK_UNKNOWN", "unknown")
    assert theirs[2]["detail"] == nobodys[2]["detail"]
    assert told(await recall(gateway, name, "wait=20", **ONE)) == (200, "s-near-2", "yes")
    assert len(region.lines("POST")) == 2
    assert told(await recall(gateway, name, **ONE)) == (200, "s-near-2", "yes")
    assert told(await recall(gateway, name, **TWO))[0] == 404
    with closing(sqlite3.connect(tmp_path / "l.sqlite", isolation_level=None)) as ledger:
        ledger.execute("UPDATE nearway_tasks SET result = NULL")  # as it is done after LEDGER_RESULTS
    assert told(await recall(gateway, name, **ONE)) == (410, "ANSWER_FORGOTTEN", "yes")


async def test_at_any_gateway_and_through_the_death_of_the_one_that_has_it(here: GatewayLab) -> None:
    region = await here.region("near", slots=1, seconds=6.0)
    with postgres("fsync = off") as server:
        server.start()
        await server.ready()
        has_it, other = [await here.gateway(ledger_url=server.url()) for _ in range(2)]
        accepted = (await filled(region, has_it))[1]["Nearway-Task"]
        waiting = (await send(has_it))[1]["Nearway-Task"]
        assert told(await recall(other, waiting)) == (202, "waiting", "unknown")
        following = asyncio.create_task(recall(other, accepted, "wait=30"))
        has_it.program.kill()
        assert told(await following) == (200, "s-near-1", "yes")
        dropped = await recall(other, waiting, "wait=40")
        assert told(dropped) == (410, "TASK_DROPPED", "no")
        assert "send it again" in dropped[2]["detail"]
    assert len(region.lines("POST")) == 1


async def test_a_gateway_that_leaves_tells_of_what_it_never_sent_and_without_a_ledger_nobody_is_sent_away(
    here: GatewayLab, tmp_path: Path
) -> None:
    region = await here.region("near", slots=1, seconds=3.0)
    ledger = f"sqlite:///{tmp_path}/l.sqlite"
    gateway = await here.gateway(ledger_url=ledger)
    without = await here.gateway(ledger_url="none")
    await filled(region, gateway)
    waiting = (await send(gateway))[1]["Nearway-Task"]
    held = asyncio.create_task(recall(gateway, waiting, "wait=30"))
    assert told(await recall(without, waiting)) == (404, "TASK_UNKNOWN", "unknown")
    gateway.program.tell()
    assert told(await held) in ((410, "TASK_DROPPED", "no"), (202, "waiting", "unknown"))
    assert await gateway.program.ended() == 0
    assert told(await recall(await here.gateway(ledger_url=ledger), waiting)) == (410, "TASK_DROPPED", "no")
    assert len(region.lines("POST")) == 1
