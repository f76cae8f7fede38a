"""Paths that are passed on: two regions with a real nginx each, a gateway, and workers that stream."""

import asyncio
import hashlib
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from discovery import registration
from discovery.consul import Consul
from tests.integration.consul_lab import eventually, federation
from tests.integration.nginx_lab import Seen, StandIn, answering, read_request
from tests.integration.renderer_lab import Program, consul
from tests.system.edge_lab import Edge, running
from tests.system.wire import Wire, request

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

MIB = 1024 * 1024
POLICY = """
[[place]]
cidr = "127.0.0.0/8"
region = "us-east"
[[route]]
path = "/v1/images/"
methods = ["GET", "HEAD", "POST", "PATCH"]
timeout = 20
"""
Say = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


class Streamer(StandIn):
    """A worker that answers `/v1/images/…` as `say` does, piece by piece."""

    def __init__(self) -> None:
        super().__init__(answering())
        self.say: Say = echo
        self.left = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            seen = await read_request(reader)
            checked = not seen.path.startswith("/v1/")  # by Consul
            if not checked:
                self.seen.append(seen)
            saying = asyncio.ensure_future((echo if checked else self.say)(seen, writer))
            leaving = asyncio.ensure_future(reader.read(1))
            await asyncio.wait([saying, leaving], return_when=asyncio.FIRST_COMPLETED)
            self.left += not saying.done()
            for one in (saying, leaving):
                one.cancel()
            await asyncio.gather(saying, leaving, return_exceptions=True)
        writer.close()


async def echo(seen: Seen, writer: asyncio.StreamWriter) -> None:
    body = json.dumps([seen.method, seen.path, dict(seen.headers), seen.body.decode()]).encode()
    lines = ["HTTP/1.1 201 Made", f"Content-Length: {len(body)}", "Content-Type: text/echo", "Set-Cookie: a=1", "Set-Cookie: b=2"]
    lines += [
        "Connection: close",
        "Proxy-Authenticate: x",
        "Trailer: x",
        "X-Keep: 1",
        "Keep-Alive: 1",
        "Upgrade: h2c",
        "Nearway-Task: forged",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode() + (b"" if seen.method == "HEAD" else body))


async def drop(seen: Seen, writer: asyncio.StreamWriter) -> None:
    """Read, and close without an answer."""


async def half(seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")


async def half_in_chunks(seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n")


async def bare(seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


async def not_modified(seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: "a"\r\n\r\n')


async def nothing(seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")


async def hang(seen: Seen, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


class Events:
    """Server-sent events, the second of them when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head + b"9\r\ndata: 1\n\n\r\n")
        await self.go.wait()
        writer.write(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")
        await writer.drain()


class Flood:
    """An answer without end; `sent` is how many bytes of it were taken."""

    sent = 0

    async def __call__(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            self.sent += 65_536


@dataclass
class Routes:
    """The regions' workers, near and far, and two gateways, one of them with a tenant."""

    near: Streamer
    far: Streamer
    near_nginx: Program
    gateway: Edge
    with_tenants: Edge
    client: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.gateway.port}/v1/images"

    async def ask(self, method: str = "GET", path: str = "/a", body: bytes | None = None) -> tuple[int, str, str | None]:
        """Status, region or error code, and what is known of the money."""
        async with self.client.request(method, self.url + path, data=body) as response:
            text = await response.text()
            told = json.loads(text)["error"] if "problem" in response.content_type else response.headers["Nearway-Region"]
            return response.status, told, response.headers.get("Task-Submitted")

    def asked(self) -> tuple[int, int]:
        """How many requests each worker has seen since it was last asked."""
        counts = len(self.near.seen), len(self.far.seen)
        self.near.seen.clear()
        self.far.seen.clear()
        return counts


def tenant(key: str, role: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f'[[tenant]]\nname = "{role}"\nrole = "{role}"\nkeys = ["sha256:{digest}"]\n'


async def region(folder: Path, name: str, address: str, known: Consul, stack: AsyncExitStack) -> tuple[Streamer, Program]:
    worker = await stack.enter_async_context(Streamer())
    await known.register(registration.worker(name, worker.host, worker.port, slots=5, version="1"))
    (folder / name).mkdir()
    nginx = Program(folder / name, address)
    text = nginx.region.read_text().replace('"us-east"\ntitle', f'"{name}"\ntitle')
    nginx.region.write_text('routes = ["/v1/images/"]\n' + text)
    await nginx.start()
    stack.push_async_callback(nginx.stop)
    return worker, nginx


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everything(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Routes]:
    folder: Path = tmp_path_factory.mktemp("routes")
    (folder / "gateway.toml").write_text(POLICY)
    (folder / "tenants.toml").write_text(f"{POLICY}\n{tenant('key', 'client')}{tenant('viewers', 'viewer')}")
    async with AsyncExitStack() as stack:
        agents = await stack.enter_async_context(federation("us-east"))
        address = agents["us-east"].address
        known = await stack.enter_async_context(consul(agents["us-east"]))
        near, nginx = await region(folder, "us-east", address, known, stack)
        far, other = await region(folder, "eu-west", address, known, stack)
        # Now, for meanwhile nothing else runs here, and Consul would find our workers dead.
        gateways = [
            stack.enter_context(running(folder, "gateway", CONSUL_HTTP_ADDR=address, GATEWAY_CONFIG=str(folder / policy)))
            for policy in ("gateway.toml", "tenants.toml")
        ]
        client = await stack.enter_async_context(aiohttp.ClientSession())
        made = Routes(near, far, nginx, gateways[0], gateways[1], client)

        async def both_known_to(gateway: Edge) -> bool:
            url = f"http://127.0.0.1:{gateway.port}/regions"
            async with client.get(url, headers={"Authorization": "Bearer viewers"}) as response:
                regions = (await response.json())["regions"]
                return len(regions) == 2 and all(one["takes_tasks"] for one in regions)

        async def known_both() -> bool:
            return all([await both_known_to(gateway) for gateway in gateways])

        async def pass_on() -> bool:
            async def status(nginx: Program) -> int:
                async with client.get(f"http://127.0.0.1:{nginx.port}/v1/images/a") as response:
                    return response.status

            return [await status(nginx) for nginx in (nginx, other)] == [201, 201]

        await eventually(known_both, "the gateways to know both regions")
        await eventually(pass_on, "each region's nginx to know its worker")
        yield made


@pytest.fixture
def routes(everything: Routes) -> Routes:
    everything.near.say = everything.far.say = echo
    everything.asked()
    return everything


async def test_a_request_and_its_answer_pass_as_they_are_but_for_what_is_of_a_connection_or_ours(routes: Routes) -> None:
    said = request(
        "POST /v1/images/a%20b//c;d?e=%2F&f HTTP/1.1",
        *("Connection: close, X-Drop", "X-Drop: 1", "X-Keep: 2", "TE: trailers", "Upgrade: h2c", "Proxy-Authorization: x"),
        *("Nearway-Task: forged", "Task-Submitted: yes", "X-Real-IP: 192.0.2.66", "X-Forwarded-For: 192.0.2.66"),
        *("X-Forwarded-Proto: forged", "Forwarded: for=forged", "Prefer: forged", "X-Accel-Redirect: /solve"),
        *("Authorization: mine", "Cookie: a=b", "Content-Type: image/odd", "User-Agent: me", "X-Request-ID: r-1"),
        "Transfer-Encoding: chunked",
        body=b"3\r\nabc\r\n0\r\n\r\n",
    )

    def ask() -> tuple[int, dict[str, str], list[str]]:
        with routes.gateway.wire() as wire:
            heard = wire.say(said).hear()
            assert heard is not None
            return heard.status, dict(heard.headers), json.loads(heard.body)

    status, headers, (method, path, told, body) = await asyncio.to_thread(ask)
    assert (status, method, path, body) == (201, "POST", "/v1/images/a%20b//c;d?e=%2F&f", "abc")
    assert told == {  # type: ignore[comparison-overlap]
        "host": "127.0.0.1",
        "connection": "close",
        "x-real-ip": "127.0.0.1",
        "x-forwarded-for": "127.0.0.1, 127.0.0.1",
        "x-forwarded-proto": "http",
        "x-request-id": "r-1",
        "x-keep": "2",
        "authorization": "mine",
        "cookie": "a=b",
        "content-type": "image/odd",
        "user-agent": "me",
        "accept-encoding": "identity",
        "content-length": "3",
    }
    assert headers.pop("content-length")
    assert headers.pop("date")
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", headers.pop("traceresponse"))
    assert headers.pop("x-request-id") == "r-1"
    assert headers.pop("set-cookie") in ("a=1", "b=2")
    assert headers == {"content-type": "text/echo", "x-keep": "1", "nearway-region": "us-east", "connection": "close"}
    async with routes.client.get(f"{routes.url}/") as response:
        assert response.headers.getall("Set-Cookie") == ["a=1", "b=2"]


async def test_what_is_sent_piece_by_piece_arrives_piece_by_piece(routes: Routes) -> None:
    events = routes.near.say = Events()
    async with routes.client.get(f"{routes.url}/events") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert await response.content.readuntil(b"\n\n") == b"data: 1\n\n"
        events.go.set()  # only now is there a second
        assert await response.read() == b"data: 2\n\n"


async def test_a_client_that_leaves_ends_the_request_at_the_worker(routes: Routes) -> None:
    routes.near.say = hang
    left = routes.near.left
    asking = asyncio.create_task(routes.ask())
    await eventually(lambda: bool(routes.near.seen), "the worker to have it")
    asking.cancel()
    await eventually(lambda: routes.near.left == left + 1, "the worker to be told")
    events = routes.near.say = Events()
    async with routes.client.get(f"{routes.url}/events") as response:
        await response.content.readuntil(b"\n\n")
    await eventually(lambda: routes.near.left == left + 2, "the same within an answer")
    assert not events.go.is_set()


async def test_who_reads_slowly_slows_the_worker_and_fills_no_memory(routes: Routes) -> None:
    flood = routes.near.say = Flood()
    before = memory(routes.gateway)
    with Wire(routes.gateway.port, small=True) as wire:
        await asyncio.to_thread(wire.say, request("GET /v1/images/flood HTTP/1.1"))
        await eventually(lambda: flood.sent > 0, "it to begin")
        seen: list[int] = []

        async def stands_still() -> bool:
            seen.append(flood.sent)
            await asyncio.sleep(0.1)
            return len(seen) > 10 and seen[-10] == flood.sent

        await eventually(stands_still, "the worker to be slowed")
        assert flood.sent < 32 * MIB, "what the kernel's buffers hold, and no more"
        assert memory(routes.gateway) - before < 8 * MIB


@pytest.mark.parametrize(("say", "status", "kept"), [(bare, 200, ""), (not_modified, 304, "ETag"), (nothing, 204, "")])
async def test_an_answer_with_little_in_it_passes(routes: Routes, say: Say, status: int, kept: str) -> None:
    routes.near.say = say
    for _ in range(2):  # on one connection: where the first ends is clear
        async with routes.client.get(f"{routes.url}/a") as response:
            assert (response.status, await response.read()) == (status, b"ok" if status == 200 else b"")
            assert response.headers.get("Content-Type") in (None, "application/octet-stream")
            assert not kept or kept in response.headers


@pytest.mark.parametrize("say", [half, half_in_chunks])
async def test_an_answer_that_breaks_off_is_not_taken_for_whole(routes: Routes, say: Say) -> None:
    routes.near.say = say
    with pytest.raises(aiohttp.ClientPayloadError):
        await routes.ask()


async def test_what_may_have_been_begun_is_sent_again_only_if_that_changes_nothing(routes: Routes) -> None:
    routes.near.say = drop
    assert await routes.ask("GET") == (201, "eu-west", None)
    near, far = routes.asked()
    assert near >= 1
    assert far == 1
    for method in ("POST", "PATCH"):
        assert await routes.ask(method, body=b"x") == (502, "WORKER_LOST", "unknown")
        assert routes.asked() == (1, 0)
    routes.far.say = drop
    assert (await routes.ask("GET"))[:2] == (503, "NO_REGION")


async def test_a_head_has_no_body_and_a_wrong_method_or_path_is_told(routes: Routes) -> None:
    async with routes.client.head(f"{routes.url}/a") as response:
        assert (response.status, await response.read()) == (201, b"")
        assert int(response.headers["Content-Length"]) > 0
    assert await routes.ask("PUT") == (405, "METHOD_NOT_ALLOWED", "no")
    answered = {}

    def ask(line: str) -> None:
        with routes.gateway.wire() as wire:
            heard = wire.say(request(line, "Content-Length: 2", body=b"{}")).hear()
            assert heard is not None
            answered[line] = heard.told[:2]

    elsewhere = [f"/v1/images/{dots}solve" for dots in ("../../", "%2e%2e/%2E./", "a%2f..%2f..%2f..%2f", "./../../")]
    lines = [f"POST {path} HTTP/1.1" for path in elsewhere]
    for line in [*lines, "GET /v1/images HTTP/1.1", "GET /v1/ HTTP/1.1", "GET /v1/images/a HTTP/1.0"]:
        await asyncio.to_thread(ask, line)
    assert Counter(answered[line] for line in lines) == {(400, "BAD_REQUEST"): 4}
    assert list(answered.values())[4:] == [(404, "NOT_FOUND")] * 2 + [(400, "BAD_REQUEST")]
    assert routes.asked() == (1, 0), "the first, and none of the others"


async def test_a_key_of_a_tenant_is_asked_for_and_reaches_no_worker(routes: Routes) -> None:
    async def asked(**fields: str) -> int:
        async with routes.client.get(f"http://127.0.0.1:{routes.with_tenants.port}/v1/images/a", headers=fields) as response:
            return response.status

    assert await asked(Authorization="Bearer key") == 201
    assert "authorization" not in routes.near.seen[-1].headers
    routes.asked()
    assert (await asked(), await asked(Authorization="Bearer other")) == (401, 401)
    assert routes.asked() == (0, 0)


async def test_with_the_nearest_region_gone_the_next_takes_it_whatever_the_method(routes: Routes) -> None:
    await routes.near_nginx.stop()
    for method in ("GET", "POST", "PATCH"):
        assert await routes.ask(method, body=b"x" if method != "GET" else None) == (201, "eu-west", None)
    assert routes.asked() == (0, 3)


def memory(edge: Edge) -> int:
    """Bytes of the program that are in memory (proc(5), statm)."""
    return int(Path(f"/proc/{edge.program.process.pid}/statm").read_text().split()[1]) * 4096
