"""`nearway render` as it is run, and what its tests ask of it."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp

from tests.integration.consul_lab import Agent, eventually
from tests.ports import free_ports


async def register(agent: Agent, number: int) -> None:
    """An instance of `web` without a check: it passes."""
    body = {"Name": "web", "ID": f"web-{number}", "Address": "10.0.0.1", "Port": 8_000 + number, "Meta": {"version": str(number)}}
    async with (
        aiohttp.ClientSession() as session,
        session.put(f"{agent.address}/v1/agent/service/register", json=body) as response,
    ):
        assert response.status == 200


class Render:
    """The tool's process, in a folder of its own."""

    def __init__(self, folder: Path, consul: str) -> None:
        self.folder = folder
        self.environ = {**os.environ, "CONSUL_HTTP_ADDR": consul, "PYTHONPATH": os.getcwd()}
        self.status_port = free_ports(1)[0]
        self.starts = 0
        self.process: asyncio.subprocess.Process | None = None

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def read(self, name: str) -> str | None:
        path = self.folder / name
        return path.read_text() if path.exists() else None

    async def holds(self, name: str, text: str) -> None:
        try:
            await eventually(lambda: self.read(name) == text, name)
        except TimeoutError:
            raise AssertionError(f"{name} holds {self.read(name)!r}, not {text!r}; {self.told()}") from None

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run it to its end: status, output, log."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "renderer.tool", *arguments, cwd=self.folder, env=self.environ,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, log = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode is not None
        return process.returncode, out.decode(), log.decode()

    async def start(self, *arguments: str) -> None:
        """Run it until it is stopped."""
        self.starts += 1
        status = f"127.0.0.1:{self.status_port}"
        with self._log().open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "renderer.tool", "--status-listen", status, *arguments,
                cwd=self.folder, env=self.environ, stdout=log, stderr=log,
            )  # fmt: skip

    async def configured(self, config: str) -> None:
        """The same, with a TOML file."""
        self.write("render.toml", config)
        await self.start("--config", "render.toml")

    def _log(self) -> Path:
        return self.folder / f"log.{self.starts}"

    def told(self) -> str:
        return self._log().read_text()

    async def said(self, words: str) -> None:
        await eventually(lambda: words in self.told(), words)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def ended(self) -> int:
        assert self.process is not None
        return await asyncio.wait_for(self.process.wait(), 20)

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def asked(self, path: str) -> str:
        url = f"http://127.0.0.1:{self.status_port}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return await response.text()

    async def status(self) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.status_port}/status") as response,
        ):
            return await response.json()

    async def template(self, number: int = 0) -> Any:
        return (await self.status())["templates"][number]

    async def troubled(self, words: str, number: int = 0, seconds: float = 20) -> None:
        """Until its status says so."""

        async def so() -> bool:
            try:
                return words in str((await self.template(number))["trouble"])
            except aiohttp.ClientError:  # it is not there yet
                return False

        await eventually(so, words, seconds)

    async def well(self, number: int = 0) -> None:
        """Until nothing is the matter any more; what was is remembered."""

        async def so() -> bool:
            said = await self.template(number)
            return said["trouble"] is None and said["last_failure"] is not None

        await eventually(so, "nothing the matter")
