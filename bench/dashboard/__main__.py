"""`python -m bench.dashboard`: prints the table. A gateway that sees 50 regions and 2,000 workers, with tasks under way.

It needs the development install with Consul and Chromium, and about two minutes.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp

from bench.dashboard.crowd import REGIONS, churn, join, region
from bench.dashboard.page import page
from bench.dashboard.watching import Watcher
from bench.figures import Rows, table
from bench.machine import cpu_seconds
from bench.renderer.lab import server
from tests.integration.consul_lab import eventually
from tests.ports import free_ports
from tests.system.lab import Program

CHROMIUM = "/usr/bin/chromium"

WATCHERS, SECONDS = 10, 20.0
"""Pages that watch, and for how long the gateway is measured with them, and without."""

SCRAPES = 50

RATE, TASK = 20, {"method": "turnstile", "pageurl": "https://example.com/?seconds=5"}
"""Tasks a second, and what each is: five seconds long."""


@asynccontextmanager
async def lab(folder: Path, client: aiohttp.ClientSession) -> AsyncIterator[tuple[str, int]]:
    """The gateway's URL and process id, once it sees all of the crowd."""
    agent = server(folder)
    endpoint_port, port = free_ports(2)
    programs = []
    try:
        agent.start()
        await agent.ready([agent.datacenter])
        environ = {
            "PORT": str(endpoint_port),
            "REGION": "behind-all",
            "MAX_CONCURRENT": "100000",
            "CONSUL_HTTP_ADDR": "127.0.0.1:1",
        }
        programs.append(Program.start(folder / "endpoint.log", ["-m", "bench.standin", "--endpoint"], environ))
        await join(agent.address, client, f"http://127.0.0.1:{endpoint_port}")
        environ = {"PORT": str(port), "CONSUL_HTTP_ADDR": agent.address, "STATE_DIRECTORY": str(folder / "state")}
        programs.append(Program.start(folder / "gateway.log", ["-m", "gateway"], environ))
        url = f"http://127.0.0.1:{port}"
        await eventually(lambda: _sees_all(url, client), "the gateway to see all regions well", 60)
        async with _beside(_tasks(url, client), churn(agent.address, client)):
            yield url, programs[1].process.pid
    finally:
        for program in programs:
            program.kill()
        agent.kill()


@asynccontextmanager
async def _beside(*work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one) for one in work]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sees_all(url: str, client: aiohttp.ClientSession) -> bool:
    with suppress(aiohttp.ClientError):
        async with client.get(f"{url}/regions") as response:
            rows = (await response.json())["regions"]
            return len(rows) == REGIONS and all(row["takes_tasks"] for row in rows)
    return False


async def _tasks(url: str, client: aiohttp.ClientSession) -> None:
    number = 0
    under_way: set[asyncio.Task[None]] = set()
    while True:
        number += 1
        task = asyncio.create_task(_task(url, client, region(number % REGIONS)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        await asyncio.sleep(1 / RATE)


async def _task(url: str, client: aiohttp.ClientSession, near: str) -> None:
    with suppress(aiohttp.ClientError):
        async with client.post(f"{url}/solve", json=TASK, headers={"Nearway-Region": near}) as response:
            await response.read()


async def watched(url: str, pid: int, client: aiohttp.ClientSession) -> Rows:
    """What ten pages cost the gateway, and what each is sent."""
    alone = await _share(pid)
    watchers = [Watcher(url, client) for _ in range(WATCHERS)]
    async with _beside(*(watcher.run() for watcher in watchers)):
        await asyncio.sleep(3)
        with_them = await _share(pid)
    rate, first = max(one.rate for one in watchers), max(one.first for one in watchers)
    return [
        ("the stream after its first event", f"{rate / 1000:.1f} kB/s"),
        ("its first event, the whole picture", f"{first / 1000:.0f} kB"),
        ("CPU of the gateway, nobody watching", f"{100 * alone:.1f} %"),
        (f"CPU of the gateway that {WATCHERS} watching pages add", f"{100 * (with_them - alone):.1f} %"),
    ]


async def scraped(url: str, client: aiohttp.ClientSession) -> Rows:
    """What a scrape of the metrics of all that takes."""
    clock, times, body = asyncio.get_running_loop().time, [], b""
    for _ in range(SCRAPES):
        begun = clock()
        async with client.get(f"{url}/metrics") as response:
            body = await response.read()
        times.append(clock() - begun)
    times.sort()
    return [
        ("a scrape of its metrics, median", f"{1000 * times[SCRAPES // 2]:.0f} ms"),
        ("a scrape of its metrics, worst", f"{1000 * times[-1]:.0f} ms"),
        ("a scrape's size", f"{len(body) / 1000:.0f} kB"),
    ]


async def _share(pid: int) -> float:
    begun, clock = cpu_seconds(pid), asyncio.get_running_loop().time
    since = clock()
    await asyncio.sleep(SECONDS)
    return (cpu_seconds(pid) - begun) / (clock() - since)


async def run() -> str:
    """The table."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
            lab(Path(folder), client) as (url, pid),
        ):
            rows = [*await watched(url, pid, client), *await scraped(url, client)]
            return table([*await page(url, os.environ.get("CHROMIUM", CHROMIUM)), *rows])


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(run()) + "\n")
