"""A Consul that is killed, stays away, and comes back without its data: nginx serves on, and never an empty region."""

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from tests.integration.consul_lab import Agent, eventually, federation
from tests.integration.nginx_lab import StandIn, answering
from tests.integration.renderer_lab import Program, consul, join

AWAY = 6.0
"""Seconds Consul is away: long enough for the watcher's longest pause between two tries, several times."""

BACK = 5.0
"""Seconds from Consul's return until nginx serves the right workers and nothing is doubted any more."""


class Client:
    """Sends a task every 20 ms, each on a connection of its own, and keeps what it was answered."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.statuses: list[int] = []

    async def run(self) -> None:
        while True:
            self.statuses.append((await self.program.ask())[0])
            await asyncio.sleep(0.02)


def served(program: Program) -> set[int]:
    """The ports of the workers in the configuration that nginx was given."""
    text = (program.run_dir / "nginx.conf").read_text()
    group = re.search(r"upstream nearway_solve \{(.*?)\n  \}", text, re.DOTALL)
    return {int(port) for port in re.findall(r"server 127\.0\.0\.1:(\d+)", group[1])} if group else set()


async def workers_in_nginx(program: Program) -> int:
    status, body = await program.ask("GET", "/region/workers")
    found = re.search(rb'"workers": (\d+)', body)
    return int(found[1]) if status == 200 and found else -1


@pytest.mark.parametrize("dies_meanwhile", [False, True], ids=["all live on", "one dies meanwhile"])
async def test_consul_is_killed_and_wiped_and_the_region_is_never_empty(tmp_path: Path, dies_meanwhile: bool) -> None:
    async with federation("us-east") as agents, AsyncExitStack() as stack:
        agent = agents["us-east"]
        workers = [await stack.enter_async_context(StandIn(answering())) for _ in range(4)]
        await _all_join(agent, workers)
        program = Program(tmp_path, agent.address)
        stack.push_async_callback(program.stop)
        await program.start()
        await eventually(lambda: _serves(program, workers), "all workers")
        client = Client(program)
        asking = asyncio.create_task(client.run())
        agent.kill()
        await program.said("solver in us-east")
        await asyncio.sleep(AWAY)
        said = (await program.status())["consul"]
        assert said["answered"] >= AWAY
        assert agent.address in said["trouble"]
        if dies_meanwhile:
            await workers[0].__aexit__()
        assert served(program) == {worker.port for worker in workers}
        agent.start()
        await agent.ready(["us-east"])
        async with asyncio.timeout(BACK):
            # Only when the renderer surely has seen a Consul that knows nobody. Workers of ours are no later than that.
            await program.said("4 of 4 workers are gone at once: they are held")
            await _all_join(agent, workers[dies_meanwhile:])
            await eventually(lambda: _holds_nobody(program), "the end of all doubts")
            await eventually(lambda: _serves(program, workers[dies_meanwhile:]), "the right workers")
        assert not asking.done()
        asking.cancel()
        assert set(client.statuses) == {200}


async def _all_join(agent: Agent, workers: list[StandIn]) -> None:
    async with consul(agent) as known:
        for worker in workers:
            await join(known, worker)


async def _holds_nobody(program: Program) -> bool:
    said = await program.status()
    return said["held"] == [] and said["consul"]["trouble"] is None


async def _serves(program: Program, workers: list[StandIn]) -> bool:
    try:
        return served(program) == {worker.port for worker in workers} and await workers_in_nginx(program) == len(workers)
    except (aiohttp.ClientError, FileNotFoundError):
        return False
