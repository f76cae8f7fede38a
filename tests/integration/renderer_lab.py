"""The renderer as it is run, and what its tests ask of Consul and of nginx."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from discovery import registration
from discovery.access import Access
from discovery.consul import Consul
from discovery.instance import Health
from discovery.query import Service
from renderer import leftover
from renderer.region import parse_listen
from tests.integration.consul_lab import Agent, eventually
from tests.integration.nginx_lab import StandIn, free_port, taking_requests, until

REGION = """
name = "us-east"
title = "US East"
location = [38.9, -77.4]
datacenter = "us-east"
[endpoint]
listen = "127.0.0.1:{port}"
advertise = "http://127.0.0.1:{port}"
[balancer]
read_timeout = "60s"
[renderer]
"""


class Program:
    """The renderer's process."""

    def __init__(self, folder: Path, consul: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.status_port = free_port()
        self.region = folder / "us-east.toml"
        self.region.write_text(REGION.format(port=self.port))
        self.environ = {
            **os.environ,
            "CONSUL_HTTP_ADDR": consul,
            "RUN_DIR": str(folder / "run"),
            "STATUS_LISTEN": f"127.0.0.1:{self.status_port}",
        }
        self.run_dir = folder / "run" / "us-east"
        self.starts = 0
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, *arguments: str, **more: str) -> None:
        self.starts += 1
        # A file: nginx's processes inherit it and may outlive the renderer.
        with self._log().open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "renderer", *(arguments or [str(self.region)])), env={**self.environ, **more}, stderr=log
            )

    def _log(self) -> Path:
        return self.region.with_suffix(f".{self.port}.{self.starts}.log")

    def told(self) -> str:
        """All it said since its last start."""
        return self._log().read_text()

    async def said(self, words: str) -> None:
        await until(lambda: words in self.told(), words)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Its exit status, once it has ended."""
        assert self.process is not None
        return await asyncio.wait_for(self.process.wait(), 30)

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        for process in leftover.processes(self.run_dir):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    async def ask(self, method: str = "POST", path: str = "/solve") -> tuple[int, bytes]:
        """Status and body of an answer; 0 when nobody listens."""
        async with aiohttp.ClientSession() as session:
            try:
                async with session.request(method, f"http://127.0.0.1:{self.port}{path}") as response:
                    return response.status, await response.read()
            except aiohttp.ClientConnectionError:
                return 0, b""

    async def status(self) -> Any:
        """What `/status` says."""
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self.status_port}/status") as response:
            return await response.json()

    async def answers(self, status: int) -> None:
        async def so() -> bool:
            if (await self.ask())[0] != status:
                return False
            # No process of before a reload may answer the next request otherwise.
            return len(taking_requests(int((self.run_dir / "nginx.pid").read_text()))) <= 2

        await eventually(so, f"status {status}")

    def port_is_free(self) -> bool:
        return leftover.taken(parse_listen(f"127.0.0.1:{self.port}")) is None


@asynccontextmanager
async def consul(agent: Agent) -> AsyncIterator[Consul]:
    async with Consul(agent.address, Access((agent.address,))) as made:
        yield made


async def join(known: Consul, worker: StandIn, slots: int = 5) -> str:
    wanted = registration.worker("us-east", worker.host, worker.port, slots=slots, version="1")
    await known.register(wanted)
    return wanted.id


async def endpoints(known: Consul) -> list[Health]:
    return [one.health for one in (await known.ask(Service("us-east", "nearway-region"))).said]
