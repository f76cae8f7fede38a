"""The story, unattended: each step shows one promise, and the simulated API witnesses that nothing was paid for twice."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from demo.layout import PLACES
from demo.system import System

CROWD = 60
SECONDS = 8
"""How long each task of the crowd takes: long enough for all to be in flight when their region is killed."""

LOST = "eu-west"


@dataclass(frozen=True, slots=True)
class Solved:
    """What a client got."""

    status: int
    region: str
    solution: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the summary."""

    promise: str
    seen: str
    held: bool


async def tell(system: System, say: Callable[[str], None]) -> list[Line]:
    """Play it on a system that is up; the summary's rows, in order."""
    lines: list[Line] = []
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=120)) as session:
        for step in (_near_each, _a_region_dies, _it_comes_back):
            for line in await step(system, session, say):
                say(f"  {'held  ' if line.held else 'BROKEN'}  {line.promise}: {line.seen}")
                lines.append(line)
    return lines


def table(lines: list[Line]) -> str:
    """The summary."""
    width = max(len(line.promise) for line in lines)
    return "\n".join(f"  {line.promise:{width}}  {'held  ' if line.held else 'BROKEN'}  {line.seen}" for line in lines)


async def _near_each(system: System, session: aiohttp.ClientSession, say: Callable[[str], None]) -> list[Line]:
    say("A task from near each region")
    solved = await asyncio.gather(*(_solve(system, session, f"near_{one.region}", one.client, 1) for one in PLACES))
    return [
        Line(
            f"a client near {place.region} is served there",
            f"{one.status} from {one.region} in {one.seconds:.1f} s",
            one.region == place.region and _right(one, f"near_{place.region}"),
        )
        for place, one in zip(PLACES, solved, strict=True)
    ]


async def _a_region_dies(system: System, session: aiohttp.ClientSession, say: Callable[[str], None]) -> list[Line]:
    say(f"{CROWD} tasks in flight; then {LOST}'s nginx and workers are killed with SIGKILL")
    await session.post(f"{system.url('simulated-api')}/witness/reset")
    labels = [f"crowd_{number}" for number in range(CROWD)]
    clients = [PLACES[number % len(PLACES)].client for number in range(CROWD)]
    crowd = [
        asyncio.create_task(_solve(system, session, label, client, SECONDS))
        for label, client in zip(labels, clients, strict=True)
    ]

    async def all_in_flight(session: aiohttp.ClientSession) -> bool:
        return bool((await _witness(system, session))["in_flight"] == CROWD)

    await system.until(session, all_in_flight, f"{CROWD} tasks to be in flight")
    await system.kill_region(LOST)
    say(f"  {LOST} is gone")
    solved = await asyncio.gather(*crowd)
    submissions = (await _witness(system, session))["submissions"]
    answered = sum(_right(one, label) for one, label in zip(solved, labels, strict=True))
    by_region = ", ".join(f"{region} {count}" for region, count in sorted(Counter(one.region for one in solved).items()))
    return [
        Line(f"all {CROWD} are answered", f"{answered} with their own solution ({by_region})", answered == CROWD),
        Line(
            promise="each was submitted once",
            seen=f"the API counted {sum(submissions.values())} submissions of {len(submissions)} tasks",
            held=submissions == dict.fromkeys(labels, 1),
        ),
    ]


async def _it_comes_back(system: System, session: aiohttp.ClientSession, say: Callable[[str], None]) -> list[Line]:
    say(f"{LOST} is brought back")
    begun = time.monotonic()
    await system.bring_back(LOST)
    await system.until(session, system.complete, f"{LOST} to take tasks again")
    back = time.monotonic() - begun
    client = next(place.client for place in PLACES if place.region == LOST)
    one = await _solve(system, session, "after", client, 1)
    seen = f"{one.status} from {one.region}; complete {back:.1f} s after its start"
    return [Line(f"{LOST} is used again", seen, one.region == LOST and _right(one, "after"))]


async def _solve(system: System, session: aiohttp.ClientSession, label: str, client: str, seconds: float) -> Solved:
    task = {
        "method": "userrecaptcha",
        "sitekey": "6Le-wvkSAAAAAPBMRTvw0Q4Muexq9bi0DJwx_mJ-",
        "pageurl": f"https://example.com/?task={label}&seconds={seconds}",
    }
    begun = time.monotonic()
    async with session.post(f"{system.url('gateway')}/solve", json=task, headers={"X-Forwarded-For": client}) as response:
        body = await response.json(content_type=None)
        region = response.headers.get("Nearway-Region", "nowhere")
        return Solved(response.status, region, str(body.get("solution", body.get("error"))), time.monotonic() - begun)


def _right(solved: Solved, label: str) -> bool:
    """Whether it is this task's own solution: the simulated API writes the label into it, its hyphens as underscores."""
    return solved.status == 200 and solved.solution.startswith(f"sim-{label.replace('-', '_')}-")


async def _witness(system: System, session: aiohttp.ClientSession) -> dict[str, Any]:
    async with session.get(f"{system.url('simulated-api')}/witness") as response:
        witness: dict[str, Any] = await response.json()
        return witness
