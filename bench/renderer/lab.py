"""One Consul, a crowd in it, and the renderer as it is run, with its defaults."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.renderer.changes import Changes
from bench.renderer.crowd import REGION, Crowd
from demo.tools import find_tools
from tests.integration.consul_lab import Agent
from tests.integration.renderer_lab import Program
from tests.ports import free_ports


@dataclass(frozen=True)
class Lab:
    """What runs, once nginx serves the whole crowd."""

    agent: Agent
    program: Program
    crowd: Crowd
    changes: Changes
    client: aiohttp.ClientSession

    @property
    def pid(self) -> int:
        """The renderer's process id."""
        process = self.program.process
        if process is None:
            raise ValueError("the renderer was not started")
        return process.pid

    async def again(self, consul: str) -> None:
        """Start the renderer anew, with Consul at another address; until nginx serves all."""
        await self.program.stop()
        self.program.environ["CONSUL_HTTP_ADDR"] = consul
        await self.program.start()
        await self.program.said("nginx answers")
        await self.changes.settled()


def server(folder: Path) -> Agent:
    """A server as one is run. Not `-dev`: that one spaces its answers for people to read, which makes them twice as long."""
    http, server, lan = free_ports(3)
    command = [
        find_tools().consul, "agent", "-server", "-bootstrap-expect=1", f"-datacenter={REGION}", "-node=server",
        f"-data-dir={folder / 'consul'}", "-disable-host-node-id", "-bind=127.0.0.1", "-client=127.0.0.1", f"-http-port={http}",
        f"-server-port={server}", f"-serf-lan-port={lan}", "-serf-wan-port=-1", "-dns-port=-1", "-grpc-port=-1",
        "-hcl=performance{raft_multiplier=1}", "-hcl=disable_update_check=true",
    ]  # fmt: skip
    return Agent(REGION, http, command)


@asynccontextmanager
async def lab(folder: Path, count: int) -> AsyncIterator[Lab]:
    """With so many workers. `folder` is there."""
    agent = server(folder)
    program = Program(folder, agent.address)
    async with aiohttp.ClientSession() as client:
        crowd = Crowd(agent.address, client)
        try:
            agent.start()
            await agent.ready([REGION])
            await crowd.join(count)
            await program.start()
            await program.said("nginx answers")
            made = Lab(agent, program, crowd, Changes(crowd, count, program.port), client)
            await made.changes.settled()
            yield made
        finally:
            await program.stop()
            agent.kill()
