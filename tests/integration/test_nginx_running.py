"""nginx in our care: reloads, deaths, bad configurations, and regions of many sizes."""

import asyncio
import os
import signal
from functools import partial
from pathlib import Path

import pytest

from renderer import leftover, stage
from renderer.ring import as_nginx_writes
from renderer.upstreams import Server
from tests.integration.nginx_lab import Holding, RegionNginx, StandIn, answering, servers_of, until


async def test_requests_in_flight_outlive_reloads(tmp_path: Path) -> None:
    holding = Holding(answering(body=b'{"solution": 1}'))
    region = RegionNginx(tmp_path)
    async with StandIn(holding) as worker, StandIn(answering(body=b"new")) as new, region.running(*servers_of([worker])):
        held = []
        for turn in range(1, 4):
            held.append(asyncio.create_task(region.post()))
            await until(partial(_holds, holding, turn))
            await region.change(*servers_of([worker], slots=100 + turn))
        await region.change(*servers_of([new]))
        assert (await region.post()).body == b"new"
        holding.release.set()
        assert [(await task).body for task in held] == [b'{"solution": 1}'] * 3


def _holds(holding: Holding, count: int) -> bool:
    return holding.held == count


async def test_a_change_is_served_and_the_removed_worker_gets_nothing_more(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    async with StandIn(answering()) as one, StandIn(answering()) as two, region.running(*servers_of([one])):
        await region.post()
        await region.change(*servers_of([two]))
        assert [(await region.post()).status for _ in range(4)] == [200] * 4
        assert (len(one.seen), len(two.seen)) == (1, 4)
        await region.change()
        assert (await region.post()).told == (503, "REGION_EMPTY", "no")


async def test_nginx_comes_back_after_its_master_was_killed_and_what_it_held_is_answered(tmp_path: Path) -> None:
    holding = Holding(answering(body=b'{"solution": 1}'))
    async with StandIn(holding) as worker, RegionNginx(tmp_path).running(*servers_of([worker])) as region:
        held = asyncio.create_task(region.post())
        await until(lambda: holding.held)
        before, orphans = region.master(), region.workers()
        os.kill(before, signal.SIGKILL)
        await until(lambda: not region.nginx.answering.is_set())
        await asyncio.wait_for(region.nginx.answering.wait(), 20)
        assert region.master() != before
        assert not set(region.workers()) & set(orphans)
        worker.conduct = answering(body=b"after")
        assert (await region.post()).body == b"after"
        holding.release.set()
        assert (await held).body == b'{"solution": 1}'


async def test_a_reload_that_comes_before_nginx_answers_waits_and_does_not_end_it(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    async with StandIn(answering()) as worker:
        await region.put()
        reloading = asyncio.create_task(region.nginx.reload())
        async with region.running(*servers_of([worker])):
            assert await reloading is None
            master = region.master()
            assert (await region.post()).status == 200
            assert region.master() == master
            assert region.nginx.answering.is_set()


async def test_what_nginx_refuses_never_takes_the_place_and_nginx_goes_on(tmp_path: Path) -> None:
    async with StandIn(answering()) as worker, RegionNginx(tmp_path).running(*servers_of([worker])) as region:
        good = stage.read(region.nginx.config)
        assert good is not None
        bad = good.replace("least_conn;", "most_conn;", 1)
        outcome = await stage.swap(region.nginx.config, bad, region.nginx.check)
        assert isinstance(outcome, stage.Refused)
        assert 'unknown directive "most_conn"' in outcome.reason
        assert stage.read(region.nginx.config) == good
        assert await region.nginx.reload() is None
        assert (await region.post()).status == 200


async def test_an_nginx_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    region.nginx._binary = "no-such-nginx"
    told = await region.nginx.check(tmp_path / "x")
    assert told is not None
    assert "install nginx, or set NGINX_PROGRAM" in told


async def test_nothing_runs_after_quitting(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    async with region.running():
        assert len(leftover.processes(tmp_path)) == 3
        assert leftover.taken(region.region.endpoint.listen) == "Address already in use"
    await until(lambda: not leftover.processes(tmp_path))
    assert leftover.taken(region.region.endpoint.listen) is None


async def test_quitting_lets_requests_in_flight_end_and_takes_no_new_ones(tmp_path: Path) -> None:
    holding = Holding()
    region = RegionNginx(tmp_path)
    async with StandIn(holding) as worker, region.running(*servers_of([worker])):
        held = asyncio.create_task(region.post())
        await until(lambda: holding.held)
        region.nginx.leave()
        await until(lambda: leftover.taken(region.region.endpoint.listen) is None, "the port is free")
        assert not held.done()
        holding.release.set()
        assert (await held).status == 200
        await asyncio.wait_for(region.nginx.gone(), 20)


@pytest.mark.parametrize("count", [50, 100, 400, 2_000, 10_000])
async def test_nginx_has_room_for_so_many_workers(tmp_path: Path, count: int) -> None:
    servers = [Server(f"[2001:db8:1111:2222:3333:4444:{n:x}:ffff]:65535", 20, 65_535, backup=n > count / 2) for n in range(count)]
    await RegionNginx(tmp_path).put(*servers)


# For documentation (RFC 3849), so that nobody is there.
SPELLINGS = [
    "2001:db8::1",
    "2001:db8:0:1:1:1:1:1",
    "2001:db8:1:1:1:1:1:0",
    "2001:db8:1:1:1:1:0:0",
    "2001:db8:0:0:1:0:0:1",
    "2001:db8:0:1:0:0:0:1",
    "2001:db8:1:0:0:2:0:0",
    "2001:db8:3:4:5:6:7:8",
    "2001:db8::",
    "::ffff:127.0.0.2",
]


@pytest.mark.parametrize("host", SPELLINGS)
async def test_nginx_spells_addresses_as_we_say(tmp_path: Path, host: str) -> None:
    server = Server(f"[{host}]:9", 1)
    async with RegionNginx(tmp_path, connect_timeout="50ms").running(server) as region:
        assert (await region.post()).told == (502, "REGION_UNREACHABLE", "no")
        (entry,) = await region.logged(1)
        assert entry["upstream"] == as_nginx_writes(server.address)
