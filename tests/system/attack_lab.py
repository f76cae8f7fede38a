"""A gateway with two tenants, a ledger and a route; a region with a real nginx; a worker that keeps every byte it was sent."""

import asyncio
import hashlib
import json
import re
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from discovery import registration
from discovery.consul import Consul
from tests.integration.consul_lab import Agent, eventually, federation
from tests.integration.renderer_lab import Program, consul
from tests.system.edge_lab import Edge, running
from tests.system.wire import Heard, request

KEYS = {"acme": "key-of-acme", "other": "key-of-other", "eye": "key-of-eye"}
PATH = "/v1/images/"
POLICY = f"""
[[route]]
path = "{PATH}"
methods = ["GET", "POST"]
"""


def answer(status: int, body: bytes, *fields: bytes) -> bytes:
    """What a worker answers."""
    return b"\r\n".join([b"HTTP/1.1 %d X" % status, *fields, b"Content-Length: %d" % len(body), b"", body])


SOLVED = answer(200, b'{"solution": "s"}', b"Task-Submitted: yes", b"Content-Type: application/json")


def tenant(name: str, key: str) -> str:
    role = "viewer" if name == "eye" else "client"
    hashed = hashlib.sha256(key.encode()).hexdigest()
    return f'[[tenant]]\nname = "{name}"\nrole = "{role}"\nkeys = ["sha256:{hashed}"]\n'


@dataclass
class Recorder:
    """A worker. What it was sent is kept whole, a piece for each connection; it answers each request with `answer`."""

    answer: bytes = SOLVED
    sent: list[bytes] = field(default_factory=list)
    port: int = 0

    async def start(self, stack: AsyncExitStack) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        stack.callback(server.close)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got = b""
        try:
            while b"\r\n\r\n" not in got:
                got += await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", got)
            got += await reader.readexactly(int(length[1]) if length else 0)
            is_check = re.match(rb"GET /(health|ready) ", got)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" if is_check else self.answer)
            await writer.drain()
            if not is_check:
                self.sent.append(got)
                async with asyncio.timeout(0.05):  # nginx closes at once; who has more to say says it now
                    self.sent[-1] += await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            pass
        finally:
            writer.close()


@dataclass
class Attacked:
    """All of it, and what a client, an operator and the programs' logs see."""

    folder: Path
    agent: Agent
    known: Consul
    client: aiohttp.ClientSession
    worker: Recorder
    nginx: Program
    gateway: Edge

    async def say(self, said: bytes) -> list[Heard]:
        """What is answered to these bytes, until the other side closes."""

        def ask() -> list[Heard]:
            with self.gateway.wire() as wire:
                return wire.say(said).rest()

        return await asyncio.to_thread(ask)

    async def solve(self, *fields: str | bytes, body: bytes = b"{}", key: str = KEYS["acme"]) -> Heard:
        """What a task is answered with."""
        lines = (f"Authorization: Bearer {key}", "Connection: close", f"Content-Length: {len(body)}", *fields)
        (heard,) = await self.say(request("POST /solve HTTP/1.1", *lines, body=body))
        return heard

    async def get(self, path: str) -> Any:
        """What the gateway tells a viewer: parsed where it is JSON, else text."""
        async with self.client.get(self.url + path, headers={"Authorization": f"Bearer {KEYS['eye']}"}) as response:
            text = await response.text()
            return json.loads(text) if "json" in response.content_type else text

    async def register(self, body: Mapping[str, object]) -> None:
        """A registration of anybody's, past our own code."""
        await self.put("/v1/agent/service/register", body)

    async def put(self, path: str, body: Mapping[str, object]) -> None:
        """Something of anybody's into Consul."""
        async with self.client.put(self.agent.address + path, json=body) as response:
            assert response.status == 200, await response.text()

    async def nearway(self, *words: str) -> bytes:
        """What the command line writes, as it reaches a terminal."""
        environ = {"LEDGER_URL": self.ledger, "NEARWAY_URL": self.url, "NEARWAY_KEY": KEYS["eye"]}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "nearway", *words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ".", "COLUMNS": "250", **environ},
        )
        written, _ = await process.communicate()
        assert process.returncode == 0, written
        return written

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.gateway.port}"

    @property
    def ledger(self) -> str:
        return f"sqlite:///{self.folder / 'ledger.sqlite'}"

    def rows(self) -> list[dict[str, Any]]:
        """The ledger, past our own code."""
        with closing(sqlite3.connect(self.folder / "ledger.sqlite")) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute("SELECT * FROM nearway_tasks ORDER BY arrived")]

    def logs(self) -> str:
        """What the programs wrote."""
        return self.gateway.program.said() + self.nginx.told()


@asynccontextmanager
async def attacked(folder: Path) -> AsyncIterator[Attacked]:
    """From when all of it works to its end."""
    (folder / "gateway.toml").write_text(POLICY + "".join(tenant(*one) for one in KEYS.items()))
    async with AsyncExitStack() as stack:
        agents = await stack.enter_async_context(federation("us-east"))
        known = await stack.enter_async_context(consul(agents["us-east"]))
        worker = Recorder()
        await worker.start(stack)
        await known.register(registration.worker("us-east", "127.0.0.1", worker.port, slots=50, version="1"))
        nginx = Program(folder, agents["us-east"].address)
        nginx.region.write_text(f'routes = ["{PATH}"]\n' + nginx.region.read_text())
        await nginx.start()
        stack.push_async_callback(nginx.stop)
        serving = running(
            folder,
            "gateway",
            CONSUL_HTTP_ADDR=agents["us-east"].address,
            GATEWAY_CONFIG=str(folder / "gateway.toml"),
            LEDGER_URL=f"sqlite:///{folder / 'ledger.sqlite'}",
            LOG_LEVEL="DEBUG",
        )
        gateway = stack.enter_context(serving)
        client = await stack.enter_async_context(aiohttp.ClientSession())
        made = Attacked(folder, agents["us-east"], known, client, worker, nginx, gateway)

        async def works() -> bool:
            return (await made.solve()).status == 200

        await eventually(works, "the region to take tasks")
        worker.sent.clear()
        yield made
