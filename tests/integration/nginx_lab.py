"""A region's real nginx on a free port, and stand-ins for its workers whose conduct a test sets."""

import asyncio
import io
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import aiohttp
from pydantic import SecretStr

from contract.token_source import TokenSource
from renderer import stage
from renderer.nginx import Nginx
from renderer.region import Region
from renderer.render import PACKAGED, AccessLog, render
from renderer.settings import this_host
from renderer.token_files import TokenFiles
from renderer.upstreams import Server, Upstreams
from tests.integration.consul_lab import PATIENCE, eventually
from tests.ports import free_ports


def free_port() -> int:
    """A port nobody listens on now."""
    return free_ports(1)[0]


async def until(true: Callable[[], object], what: str = "what the test waits for") -> None:
    """Wait until a condition holds; TimeoutError names it."""
    await eventually(lambda: bool(true()), what)


@dataclass(frozen=True)
class Seen:
    """One request as a worker saw it. Header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Conduct = Callable[[Seen], Awaitable[bytes | None]]
"""What a worker does with a request: the bytes it answers, or None to hang up without a word."""


def answering(status: int = 200, headers: Mapping[str, str] | None = None, body: bytes = b"{}") -> Conduct:
    """Answer at once."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    reply = ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    async def conduct(_: Seen) -> bytes:
        return reply

    return conduct


REFUSING = answering(
    503, {"Task-Submitted": "no", "Retry-After": "7", "Content-Type": "application/problem+json"}, b'{"error": "X"}'
)


async def hanging_up(_: Seen) -> None:
    """Read the request and close."""


class Holding:
    """Hold requests until `release`, then answer them."""

    def __init__(self, then: Conduct | None = None) -> None:
        self.release = asyncio.Event()
        self.held = 0
        self._then = then or answering()

    async def __call__(self, seen: Seen) -> bytes | None:
        self.held += 1
        await self.release.wait()
        return await self._then(seen)


class StandIn:
    """A worker without a solver behind it."""

    def __init__(self, conduct: Conduct, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.conduct, self.host, self.port, self._tls = conduct, host, 0, tls
        self.seen: list[Seen] = []
        self.hung_up_on = 0
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            seen = await read_request(reader)
            self.seen.append(seen)
            doing = asyncio.ensure_future(self.conduct(seen))
            leaving = asyncio.ensure_future(reader.read(1))
            await asyncio.wait([doing, leaving], return_when=asyncio.FIRST_COMPLETED)
            self.hung_up_on += not doing.done()
            leaving.cancel()
            if doing.done() and (answer := doing.result()) is not None:
                writer.write(answer)
                await writer.drain()
            doing.cancel()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> Seen:
    """A request whose body has a length."""
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    method, path, _ = first.split(" ")
    return Seen(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@dataclass(frozen=True)
class Reply:
    """What a client got."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Any = field(default=None)

    @property
    def told(self) -> tuple[int, str | None, str | None]:
        """Status, error code, and what is known of the money."""
        return self.status, self.json.get("error") if isinstance(self.json, dict) else None, self.headers.get("Task-Submitted")


class RegionNginx:
    """A region's nginx, made as the renderer makes it. `tokens` are gateways' and workers'."""

    def __init__(
        self,
        run_dir: Path,
        endpoint: Mapping[str, object] | None = None,
        *,
        tls: Mapping[str, object] | None = None,
        workers: Mapping[str, object] | None = None,
        routes: Sequence[str] = (),
        access_log: AccessLog = "file",
        tokens: tuple[str | None, str | None] = (None, None),
        **balancer: object,
    ) -> None:
        self.port = free_port()
        self.run_dir, self.tokens = run_dir, tokens
        self._access_log: AccessLog = access_log
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.client: ssl.SSLContext | bool = False
        self.region = Region.model_validate(
            {
                "name": "us-east",
                "title": "US East",
                "location": (38.9, -77.4),
                "datacenter": "us-east",
                "endpoint": {"listen": f"127.0.0.1:{self.port}", "advertise": self.url, **(endpoint or {})},
                "balancer": {"max_fails": 0, "connect_timeout": "1s", **balancer},
                "tls": tls,
                "workers": workers,
                "routes": routes,
            }
        )
        self.nginx = Nginx("nginx", run_dir, self.region.endpoint.listen, self._answers)
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self, *servers: Server) -> AsyncIterator[Self]:
        """With nginx running on these servers, from the first answer to its end."""
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        async with aiohttp.ClientSession(connector=connector) as self._session:
            await self.put(*servers)
            self.nginx.start()
            try:
                await asyncio.wait_for(self.nginx.answering.wait(), PATIENCE)
                yield self
            finally:
                self.nginx.leave(at_once=True)
                await self.nginx.gone()

    async def put(self, *servers: Server) -> None:
        """Put a configuration for these servers in place; nginx is not told."""
        (self.run_dir / "temp").mkdir(exist_ok=True)
        region, workers = (None if one is None else SecretStr(one) for one in self.tokens)
        sources = TokenSource("REGION_TOKEN", region, None), TokenSource("WORKER_TOKEN", workers, None)
        host = replace(this_host(self.run_dir, self._access_log), tokens=TokenFiles(self.run_dir, *sources).now)
        text = render(PACKAGED, self.region, Upstreams(servers), host)
        outcome = await stage.swap(self.nginx.config, text, self.nginx.check)
        assert not isinstance(outcome, stage.Refused), outcome

    async def change(self, *servers: Server) -> None:
        """Serve these servers from now on; returns when no process of before takes requests any more."""
        await self.put(*servers)
        before = set(self.workers())
        assert await self.nginx.reload() is None
        await until(lambda: self.workers() and not before & set(self.workers()), "new processes")

    def master(self) -> int:
        """The process id of nginx's master."""
        return int((self.run_dir / "nginx.pid").read_text())

    def workers(self) -> list[int]:
        """The ids of nginx's processes that take requests."""
        return taking_requests(self.master())

    async def logged(self, count: int) -> list[dict[str, str]]:
        """The log's lines, once there are so many: nginx writes one after it has answered."""
        log = self.run_dir / "access.log"
        await until(lambda: log.read_text().count("\n") >= count, "lines in the log")
        return [json.loads(line) for line in log.read_text().splitlines()]

    async def post(self, body: bytes = b"{}", path: str = "/solve", **headers: str) -> Reply:
        """Send a task."""
        return await self.ask("POST", path, body, **headers)

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.ask("GET", path, None, **headers)

    async def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        assert self._session is not None
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = io.BytesIO(body or b"")
        async with self._session.request(method, self.url + path, data=data, headers=sent, ssl=self.client) as response:
            content = await response.read()
            is_json = "json" in response.headers.get("Content-Type", "") and content
            return Reply(
                response.status, dict(response.headers), content, await response.json(content_type=None) if is_json else None
            )

    async def _answers(self) -> bool:
        try:
            return (await self.get("/region")).status == 200
        except aiohttp.ClientError:
            return False


def servers_of(workers: Sequence[StandIn], **more: Any) -> list[Server]:
    """Stand-ins as the servers of a region, with room for 100 tasks each unless `slots` says otherwise."""
    return [Server(worker.address, **{"slots": 100, **more}) for worker in workers]


def taking_requests(master: int) -> list[int]:
    """The ids of the processes of an nginx that take requests; for 0.1 s after a reload, those of before are among them."""
    return [process for process in _children(master) if b"shutting down" not in _command(process)]


def _children(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b"shutting down"
