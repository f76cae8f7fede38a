"""A region of our own worker, one with Flask and one with Express side by side: each gets what its slots hold, and each is killed
and started again under load. What is resumable loses nothing; of the others each task that was held is told as unknown; and the
API, which counts, has seen no task twice."""

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from renderer.region import Strategy
from tests.examples_lab import command, environ
from tests.integration.consul_lab import Agent, eventually, federation
from tests.integration.nginx_lab import taking_requests
from tests.integration.renderer_lab import Program as Renderer
from tests.ports import free_ports
from tests.system.lab import READY, Answered, Lab, Program, Served, lab, task

pytestmark = pytest.mark.timeout(240)

SLOTS = {"ours": 2, "flask": 3, "express": 4}
SECONDS = 3.0
POLICY = '[[place]]\ncidr = "127.0.0.0/8"\nlocation = [0, 0]'


@dataclass
class Mixed:
    """All that runs. `workers` are the processes we started for them, `ports` where they answer."""

    lab: Lab
    agent: Agent
    api: Served
    gateway: Served
    renderer: Renderer
    ports: Mapping[str, int]
    workers: dict[str, Program] = field(default_factory=dict)
    tasks: int = 0

    async def start(self, name: str) -> None:
        """Start a worker, ours by itself and the others by `nearway register`."""
        port, slots, folder = self.ports[name], SLOTS[name], self.lab.folder
        more: dict[str, str] = {"CONSUL_HTTP_ADDR": self.agent.address}
        if name == "ours":
            own = {"PORT": str(port), "MAX_CONCURRENT": str(slots), "CONSUL_REGISTER": "true"}
            words, settings = ["-m", "worker"], {**self.lab.environ(self.api.url), **own, **more}
        else:
            where = ["--url", f"http://127.0.0.1:{port}", "--slots", str(slots), "--region", "us-east"]
            run = await asyncio.to_thread(command, name, folder)
            words, settings = ["-m", "nearway", "register", *where, "--", *run], {**environ(self.api.url, port, slots), **more}
        self.workers[name] = Program.start(folder / f"{name}.log", words, settings)

    def kill(self, name: str) -> None:
        """SIGKILL to the worker itself."""
        process = self.workers[name].process.pid
        os.kill(process if name == "ours" else _child_of(process), signal.SIGKILL)

    async def load(self) -> list[asyncio.Task[Answered]]:
        """As many tasks as there are slots, once all of them are paid for."""
        names = [f"t{self.tasks + number}" for number in range(sum(SLOTS.values()))]
        self.tasks += len(names)
        sent = [asyncio.create_task(self.gateway.ask("POST", "/solve", task(name, SECONDS))) for name in names]

        async def all_paid() -> bool:
            return set(names) <= (await self.submissions()).keys()

        await eventually(all_paid, "every task's submission", READY)
        return sent

    async def submissions(self) -> dict[str, int]:
        return dict((await self.api.get("/witness"))[2]["submissions"])

    async def held(self) -> dict[str, int]:
        """How many tasks each worker has."""
        return {name: (await self._health(port))["active_tasks"] for name, port in self.ports.items()}

    async def all_in(self) -> None:
        """Until the gateway knows of all slots, and nginx of all workers."""

        async def so() -> bool:
            rows = (await self.gateway.get("/regions"))[2]["regions"]
            if [row["slots"] for row in rows] != [sum(SLOTS.values())] or not rows[0]["takes_tasks"]:
                return False
            try:
                status = await self.renderer.status()
            except aiohttp.ClientError:  # it has just been started
                return False
            if status["nginx"]["workers"] != len(SLOTS) or status["trouble"] is not None:
                return False
            # No process of before a reload, which knows fewer workers, may take the next task.
            return len(taking_requests(int((self.renderer.run_dir / "nginx.pid").read_text()))) <= 2

        await eventually(so, "all workers in the region", READY)

    async def balance(self, strategy: Strategy) -> None:
        """Start the region's renderer and nginx anew, with another strategy."""
        await self.renderer.stop()
        text = self.renderer.region.read_text()
        self.renderer.region.write_text(
            re.sub(r"\[balancer\]\n(strategy = .*\n)?", f'[balancer]\nstrategy = "{strategy}"\n', text)
        )
        await self.renderer.start()

    async def is_paid_once(self) -> None:
        """Every task that was sent was submitted, and once."""
        assert await self.submissions() == {f"t{number}": 1 for number in range(self.tasks)}

    async def _health(self, port: int) -> Any:
        async with self.lab.client.get(f"http://127.0.0.1:{port}/health") as response:
            return await response.json()


def _child_of(process: int) -> int:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=True)
    return int(found.stdout.split()[0])


@pytest.fixture
async def mixed(tmp_path: Path) -> AsyncIterator[Mixed]:
    async with federation("us-east") as agents, lab(tmp_path) as made:
        agent = agents["us-east"]
        renderer = Renderer(tmp_path, agent.address)
        gateway, *ports = free_ports(1 + len(SLOTS))
        policy = tmp_path / "gateway.toml"
        policy.write_text(POLICY)
        settings = {"PORT": str(gateway), "GATEWAY_CONFIG": str(policy), "STATE_DIRECTORY": str(tmp_path / "state")}
        here = Mixed(
            made,
            agent,
            await made.api(),
            Served(
                Program.start(tmp_path / "gateway.log", ["-m", "gateway"], {**settings, "CONSUL_HTTP_ADDR": agent.address}),
                f"http://127.0.0.1:{gateway}",
                made.client,
            ),
            renderer,
            dict(zip(SLOTS, ports, strict=True)),
        )
        try:
            await renderer.start()
            for name in SLOTS:
                await here.start(name)
            yield here
        finally:
            for program in here.workers.values():
                program.tell()
            for program in here.workers.values():
                await program.ended()
            here.gateway.program.kill()
            await renderer.stop()


async def test_side_by_side_each_takes_its_slots_and_each_may_be_killed(mixed: Mixed) -> None:
    await eventually(mixed.gateway.is_ready, "the gateway", READY)
    for name in SLOTS:
        await mixed.all_in()
        sent = await mixed.load()
        assert await mixed.held() == SLOTS
        mixed.kill(name)
        ended = -signal.SIGKILL if name == "ours" else 128 + signal.SIGKILL
        assert await mixed.workers[name].ended() == ended
        await mixed.start(name)
        ends = [(status, headers["Task-Submitted"]) for status, headers, _ in await asyncio.gather(*sent)]
        lost = 0 if name == "ours" else SLOTS[name]
        assert sorted(ends) == [(200, "yes")] * (len(ends) - lost) + [(502, "unknown")] * lost
    await mixed.is_paid_once()


async def test_each_strategy_spreads_tasks_by_slots(mixed: Mixed) -> None:
    await eventually(mixed.gateway.is_ready, "the gateway", READY)
    for strategy in Strategy:
        await mixed.balance(strategy)
        await mixed.all_in()
        sent = await mixed.load()
        assert await mixed.held() == SLOTS, strategy
        assert {status for status, _, _ in await asyncio.gather(*sent)} == {200}, strategy
    await mixed.is_paid_once()
