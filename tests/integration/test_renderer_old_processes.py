"""Reloads while long tasks are under way: each leaves processes of nginx behind, and those are counted and bounded."""

import asyncio
import re
from functools import partial
from pathlib import Path

import pytest

from renderer import children
from tests.integration.consul_lab import Agent, eventually
from tests.integration.nginx_lab import Holding, Seen, StandIn, answering, until
from tests.integration.renderer_lab import Program, consul, join

MOST = 3
"""`old_processes` of the region."""

CHANGES = 12
PAUSE = 0.3
"""Seconds between two changes: all of them take four seconds, in which there could be seven reloads."""


def leaving(program: Program) -> int:
    """The kernel's word for how many there are."""
    return len(children.leaving(int((program.run_dir / "nginx.pid").read_text())))


def _holds(holding: Holding, count: int) -> bool:
    return holding.held == count


async def slots(program: Program) -> int:
    found = re.search(rb'"slots": (\d+)', (await program.ask("GET", "/region/workers"))[1])
    return int(found[1]) if found else -1


@pytest.mark.timeout(120)
async def test_old_processes_stay_few_are_told_of_and_hold_up_no_change_for_good(
    agent: Agent, program: Program, tmp_path: Path
) -> None:
    program.region.write_text(program.region.read_text() + f"old_processes = {MOST}\n")
    holding, most = Holding(), 0

    async def works(seen: Seen) -> bytes | None:
        return await (holding if seen.path == "/solve" else answering())(seen)

    async with consul(agent) as known, StandIn(works) as worker:
        await join(known, worker, slots=100)
        await program.start()

        async def serves() -> bool:
            return await slots(program) == 100

        await eventually(serves, "the worker")
        tasks = []
        for change in range(1, CHANGES + 1):
            tasks.append(asyncio.create_task(program.ask()))
            await until(partial(_holds, holding, change), "the task at its worker")
            await join(known, worker, slots=100 + change)
            await asyncio.sleep(PAUSE)
            most = max(most, leaving(program))
        # A reload that comes while one fewer is there may leave both of nginx's processes behind.
        assert MOST <= most <= MOST + 1
        assert (await program.status())["nginx"]["old_processes"] == leaving(program) >= MOST
        assert await slots(program) < 100 + CHANGES

        holding.release.set()
        assert {status for status, _ in await asyncio.gather(*tasks)} == {200}
        await until(lambda: leaving(program) == 0, "the end of all of before")

        async def caught_up() -> bool:
            return await slots(program) == 100 + CHANGES

        await eventually(caught_up, "the last change")
