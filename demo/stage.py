"""What a person at the terminal sees while the demo runs: where everything is, what to try, and what happens."""

import asyncio
import json
import sys
from collections.abc import Callable

import aiohttp

from demo.events import Look, differences, look
from demo.layout import PLACES
from demo.system import System

COME_BACK = 15.0
"""Seconds after which a program that died, or was killed for the fun of it, is started again."""

LOOK = 0.5
"""Seconds between two looks at the gateway."""


async def tell_events(system: System, say: Callable[[str], None]) -> None:
    """A line per event, from the gateway's own word. Until cancelled."""
    seen: Look | None = None
    gateway = system.url("gateway")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        while True:
            try:
                report, metrics = await _get(session, f"{gateway}/regions"), await _get(session, f"{gateway}/metrics")
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(LOOK)
                continue
            now = look(json.loads(report), metrics)
            for line in differences(seen, now) if seen else ():
                say(line)
            seen = now
            await asyncio.sleep(LOOK)


async def keep_up(system: System, say: Callable[[str], None]) -> None:
    """Tell of every program that ends, and start it again after a while. Until cancelled."""

    async def keep(name: str) -> None:
        process = system.processes[name]
        while True:
            await process.ended()
            say(f"{name} ended ({process.end}); it is started again in {COME_BACK:.0f} s")
            await asyncio.sleep(COME_BACK)
            await process.start()
            say(f"{name} was started again")

    await asyncio.gather(*(keep(name) for name in system.processes))


def welcome(system: System) -> str:
    """Where everything is, and four things to try."""
    rows = [
        f"  {name:24} {process.program.address:32} process group {process.group}" for name, process in system.processes.items()
    ]
    gateway, near = system.url("gateway"), PLACES[1]
    page = "https://example.com/?seconds=3"
    task = json.dumps({"method": "userrecaptcha", "sitekey": "6Le-wvkSAAAAAPBMRTvw0Q4Muexq9bi0DJwx_mJ-", "pageurl": page})
    doomed = " ".join(f"-{process.group}" for kind in ("region", "worker") for process in system.of_region(near.region, kind))
    return "\n".join(
        [
            "",
            *rows,
            "",
            "Try, in another terminal:",
            f"  a task from Paris, served by {near.region}:",
            f"    curl -i {gateway}/solve --json '{task}' -H 'X-Forwarded-For: {near.client}'",
            "  the regions, as the gateway sees them:",
            f"    curl -s {gateway}/regions | python3 -m json.tool",
            "  the whole of that region killed; then send the task again:",
            f"    kill -KILL -- {doomed}",
            "  what was spent, from the gateway's ledger:",
            f"    STATE_DIRECTORY={system.run / 'gateway'} {sys.executable} -m nearway spend",
            "",
            f"Logs are in {system.run / 'logs'}. Ctrl-C stops everything. What happens:",
        ]
    )


async def _get(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url) as response:
        return await response.text()
