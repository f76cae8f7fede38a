"""Programs of ours as real processes, for tests and benches: started on free ports, waited for, killed, and read."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp

from demo.processes import die_with_parent
from tests.integration.consul_lab import eventually
from tests.ports import free_ports

KEY = "5a17c0ffee5a17c0ffee5a17c0ffee00"
READY = 30.0
"""Seconds within which a program must answer, on a machine that does other things too."""

Answered = tuple[int, Mapping[str, str], Any]
"""Status, headers, body: parsed where it is JSON, else text."""


@dataclass
class Program:
    """One process; both its outputs go to `output`."""

    process: subprocess.Popen[bytes]
    output: Path

    @classmethod
    def start(cls, output: Path, command: list[str], environ: Mapping[str, str]) -> Self:
        """Start Python with these arguments and these variables beside the ones there are."""
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environ},
                preexec_fn=die_with_parent,
            )
        return cls(process, output)

    def said(self) -> str:
        """All it wrote."""
        return self.output.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL; it is gone afterwards."""
        self.process.kill()
        self.process.wait()

    def tell(self) -> None:
        """SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Its exit status, once it has ended."""
        await eventually(lambda: self.process.poll() is not None, f"the end of {self.output.name}", READY)
        return self.process.returncode


@dataclass
class Served:
    """A program that serves HTTP at `url`, and the client's side of it. `heard` is every answer's text, for who searches them."""

    program: Program
    url: str
    client: aiohttp.ClientSession
    heard: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answered:
        """One request. aiohttp.ClientError when no answer comes."""
        async with self.client.request(method, self.url + path, json=body, headers=headers) as response:
            text = await response.text()
            self.heard.append(f"{response.status} {response.headers} {text}")
            parsed = await response.json(content_type=None) if "json" in response.content_type else text
            return response.status, response.headers, parsed

    async def solve(self, task: Mapping[str, str], prefer: str | None = None, status: int = 200) -> Answered:
        """Hand a task to a worker; ValueError when the answer is not of that status."""
        got = await self.ask("POST", "/solve", task, {"Prefer": prefer} if prefer else None)
        if got[0] != status:
            raise ValueError(f"the answer is {got[0]} and not {status}: {got[2]}")
        return got

    async def get(self, path: str, wait: int | None = None) -> Answered:
        """GET, held for `wait` seconds where it can be."""
        return await self.ask("GET", path, headers=None if wait is None else {"Prefer": f"wait={wait}"})

    async def is_ready(self) -> bool:
        """Whether it says so; the test fails when the program has ended."""
        ended = self.program.process.poll()
        assert ended is None, f"it ended with status {ended}:\n{self.program.said()}"
        try:
            return (await self.get("/ready"))[0] == 200
        except aiohttp.ClientError:
            return False

    async def metric(self, name: str) -> float:
        """The sum of a metric's samples; `name` may go on with labels. 0 where there is none."""
        text = (await self.get("/metrics"))[2]
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if re.match(re.escape(name) + r"[ {,]", line))

    async def held(self, count: int) -> None:
        """Until a worker holds so many requests."""

        async def so_many() -> bool:
            return bool((await self.get("/health"))[2]["active_tasks"] == count)

        await eventually(so_many, f"{count} requests held", READY)


class Lab:
    """What runs in one test; it ends with the test."""

    def __init__(self, folder: Path, client: aiohttp.ClientSession) -> None:
        self.folder, self.client = folder, client
        self.served: list[Served] = []

    async def api(self, **switches: object) -> Served:
        """A simulated API of the lab's key."""
        options = [f"--{name.replace('_', '-')}={value}" for name, value in switches.items()]
        program = self._start(["-m", "demo.api", "--port", "0", *options], {"CAPTCHAAI_API_KEY": KEY})
        await eventually(lambda: "simulated API on" in program.said(), "the simulated API", READY)
        return self._serve(program, program.said().split()[-1])

    async def worker(self, api: str, **settings: object) -> Served:
        """A worker of the API at that URL, with these settings."""
        return await self._worker(["-m", "worker"], api, settings)

    async def changed_worker(self, change: str, api: str, **settings: object) -> Served:
        """A worker in which the Python code `change` is run first."""
        code = f"{change}\nimport sys; from worker.__main__ import main; sys.exit(main([]))"
        return await self._worker(["-c", code], api, settings)

    async def _worker(self, command: list[str], api: str, settings: Mapping[str, object]) -> Served:
        (port,) = free_ports(1)
        given = {name.upper(): str(value) for name, value in settings.items()}
        program = self._start(command, {**self.environ(api), **given, "PORT": str(port)})
        made = self._serve(program, f"http://127.0.0.1:{port}")
        await eventually(lambda: _answers(made), "the worker", READY)
        return made

    @staticmethod
    def environ(api: str) -> dict[str, str]:
        """A worker's variables, for an API that is twenty times as fast as a real one."""
        fixed = {"REGION": "us-east", "CONSUL_REGISTER": "false", "SUBMIT_GAP": "0", "API_SPEED": "20", "MAX_CONCURRENT": "3000"}
        return {"CAPTCHAAI_API_KEY": KEY, "CAPTCHAAI_URL": api, **fixed}

    def _start(self, command: list[str], environ: Mapping[str, str]) -> Program:
        return Program.start(self.folder / f"{len(self.served)}.log", command, environ)

    def _serve(self, program: Program, url: str) -> Served:
        self.served.append(Served(program, url, self.client))
        return self.served[-1]

    def end(self) -> None:
        """Kill what runs."""
        for one in self.served:
            one.program.kill()


@asynccontextmanager
async def lab(folder: Path) -> AsyncIterator[Lab]:
    """A lab whose client opens as many connections as are asked for, and waits for answers for minutes."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=300)) as client:
        made = Lab(folder, client)
        try:
            yield made
        finally:
            made.end()


def task(name: str, seconds: float, **more: str) -> dict[str, str]:
    """A Turnstile task that the simulated API counts under `name` and solves in so many seconds."""
    page = f"https://example.com/?task={name}&seconds={seconds}"
    return {"method": "turnstile", "sitekey": "0x4AAA", "pageurl": page, **more}


async def _answers(worker: Served) -> bool:
    ended = worker.program.process.poll()
    assert ended is None, f"the worker ended with status {ended}:\n{worker.program.said()}"
    try:
        return (await worker.get("/health"))[0] in (200, 503)
    except aiohttp.ClientError:
        return False


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """So far."""
        return time.monotonic() - self._begun
