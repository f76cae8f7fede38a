"""The programs over a Consul that denies by default, each with its own token: all works, and what a token lacks is told."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from discovery import registration
from discovery.access import Access
from discovery.consul import Consul
from discovery.rights import POLICIES, Right
from tests.integration.acl_lab import MANAGEMENT, Given
from tests.integration.consul_lab import Agent, eventually, federation
from tests.integration.renderer_lab import Program as Renderer
from tests.ports import free_ports
from tests.system.lab import READY, Lab, Program, Served, lab, task

DIALS = Right("key", "nearway/dials/", "read")


@dataclass
class Denying:
    """What runs in one test."""

    here: Lab
    agent: Agent
    given: Given

    async def gateway(self, token: str) -> Served:
        """A gateway whose token is in a file."""
        (port,) = free_ports(1)
        file = self.here.folder / f"token-{port}"
        file.write_text(f"{token}\n")
        environ = {"PORT": str(port), "CONSUL_HTTP_ADDR": self.agent.address, "CONSUL_HTTP_TOKEN_FILE": str(file)}
        made = Served(
            Program.start(self.here.folder / f"gateway-{port}.log", ["-m", "gateway"], environ),
            f"http://127.0.0.1:{port}",
            self.here.client,
        )
        self.here.served.append(made)
        await eventually(lambda: _is_up(made), "the gateway", READY)
        return made

    async def nearway(self, *words: str, token: str) -> tuple[int, str]:
        """The command line: its exit status and all it said."""
        environ = {**os.environ, "CONSUL_HTTP_ADDR": self.agent.address, "CONSUL_HTTP_TOKEN": token}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "nearway", *words, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()


async def _is_up(served: Served) -> bool:
    ended = served.program.process.poll()
    assert ended is None, f"it ended with status {ended}:\n{served.program.said()}"
    try:
        return (await served.get("/ready"))[0] == 200
    except OSError:
        return False


async def region(gateway: Served) -> dict[str, object]:
    """What a gateway says of the one region."""
    rows = (await gateway.get("/regions"))[2]["regions"]
    return dict(rows[0]) if rows else {}


@pytest.fixture
async def denying(tmp_path: Path) -> AsyncIterator[Denying]:
    async with federation("us-east", token=MANAGEMENT) as agents, lab(tmp_path) as here:
        yield Denying(here, agents["us-east"], Given(agents, here.client))


@asynccontextmanager
async def a_region(parts: Denying) -> AsyncIterator[tuple[Served, Renderer, str]]:
    """A worker and a renderer with the rights of their policies; yields the simulated API, the renderer and its token."""
    api = await parts.here.api()
    worker, renderer = [await parts.given.token(name, POLICIES[name]) for name in ("worker", "renderer")]
    program = Renderer(parts.here.folder, parts.agent.address)
    try:
        await parts.here.worker(api.url, consul_register="true", consul_http_addr=parts.agent.address, consul_http_token=worker)
        await program.start(CONSUL_HTTP_TOKEN=renderer)
        yield api, program, renderer
    finally:
        await program.stop()


async def test_every_program_works_with_its_own_token_and_dials_are_set_by_who_may(denying: Denying) -> None:
    async with a_region(denying) as (api, _, _):
        gateway = await denying.gateway(await denying.given.token("gateway", POLICIES["gateway"]))

        async def takes_tasks() -> bool:
            return (await region(gateway)).get("takes_tasks") is True

        await eventually(takes_tasks, "the region to take tasks", READY)
        assert (await gateway.ask("POST", "/solve", task("t-1", 0.5)))[0] == 200
        assert (await api.get("/witness"))[2]["submissions"] == {"t-1": 1}

        worker = await denying.given.token("worker", POLICIES["worker"])
        status, said = await denying.nearway("drain", "us-east", "--force", token=worker)
        assert status == 1
        assert "403" in said
        assert "deploy/consul/dial.hcl" in said
        dial = await denying.given.token("dial", POLICIES["dial"])
        status, said = await denying.nearway("drain", "us-east", token=dial)
        assert status == 0, said

        async def is_drained() -> bool:
            return "drained" in str((await region(gateway)).get("why_not"))

        await eventually(is_drained, "the gateway to follow", READY)


async def test_a_gateway_that_may_not_read_dials_works_and_says_so(denying: Denying) -> None:
    async with a_region(denying):
        rights = [one for one in POLICIES["gateway"] if one != DIALS]
        gateway = await denying.gateway(await denying.given.token("gateway", rights))

        async def takes_tasks() -> bool:
            return (await region(gateway)).get("takes_tasks") is True

        await eventually(takes_tasks, "the region to take tasks", READY)
        (datacenter,) = (await gateway.get("/regions"))[2]["datacenters"]
        assert "may not read key" in datacenter["dials"]["trouble"]
        assert "deploy/consul/gateway.hcl" in gateway.program.said()


async def test_a_renderer_that_no_longer_may_see_workers_keeps_those_it_knew(denying: Denying) -> None:
    async with a_region(denying) as (_, program, token):

        async def knows_it() -> bool:
            return b'"workers": 1' in (await program.ask("GET", "/region/workers"))[1]

        await eventually(knows_it, "the worker in nginx", READY)
        await denying.given.change(token, [one for one in POLICIES["renderer"] if one.of != "solver"])
        async with Consul(denying.agent.address, Access((denying.agent.address,), MANAGEMENT)) as known:
            # Something new, so that Consul answers now: it holds the renderer's question for half a minute.
            await known.register(registration.worker("us-east", "127.0.0.1", 9, slots=1, version="0"))
        await program.said("may not read service")
        assert await knows_it()
