"""What goes over the wire to the API, and what failures on it mean."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from unittest.mock import Mock
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aioresponses import aioresponses
from yarl import URL

from worker.api import LARGEST_REPLY, Api, what_failed
from worker.outcome import Lost, NotSent
from worker.reply import Accepted, NotReady, Refused, Unreadable
from worker.standing import Balance, Threads

KEY = "0123456789abcdef0123456789abcdef"
BASE = "http://api.test"
FORM = {"method": "turnstile", "sitekey": "k", "pageurl": "https://example.com/?a=1&b=2", "proxy": "joe:s3cret@h:1"}

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    made = Api(BASE, KEY, patience=5)
    yield made
    await made.close()


async def test_the_key_goes_in_the_body_and_nowhere_else(api: Api) -> None:
    with aioresponses() as http:
        http.post(f"{BASE}/in.php", payload={"status": 1, "request": 5})
        http.post(f"{BASE}/res.php", payload={"status": 0, "request": "CAPCHA_NOT_READY"})
        assert await api.submit(FORM) == Accepted("5")
        assert await api.poll("5") == NotReady()
        calls = {url.path: call[0].kwargs for (method, url), call in http.requests.items() if method == "POST"}
        urls = [str(url) for _, url in http.requests]
    assert urls == [f"{BASE}/in.php", f"{BASE}/res.php"]
    sent = {path: dict(parse_qsl(call["data"].getvalue().decode())) for path, call in calls.items()}
    assert sent["/in.php"] == {"key": KEY, "json": "1", **FORM}
    assert sent["/res.php"] == {"key": KEY, "json": "1", "action": "get", "id": "5"}
    assert [call["allow_redirects"] for call in calls.values()] == [False, False]


async def test_the_account(api: Api) -> None:
    with aioresponses() as http:
        http.post(f"{BASE}/res.php", payload={"threads": "5", "working_threads": 2})
        http.post(f"{BASE}/res.php", payload={"status": 1, "request": "10.5"})
        http.post(f"{BASE}/res.php", payload={"status": 0, "request": "ERROR_KEY_DOES_NOT_EXIST"})
        assert (await api.threads(), await api.balance()) == (Threads(5, 2), Balance(10.5))
        assert await api.threads() == Refused("ERROR_KEY_DOES_NOT_EXIST")


async def test_a_redirect_is_not_followed(api: Api) -> None:
    with aioresponses() as http:
        http.post(f"{BASE}/in.php", status=302, headers={"Location": "http://elsewhere.test/"})
        assert isinstance(await api.submit(FORM), Unreadable)
        assert len(http.requests) == 1


_key = ConnectionKey("api.test", 80, False, True, None, None, None)
_os = OSError(111, f"refused {KEY}")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (aiohttp.ClientConnectorError(_key, _os), NotSent),
        (aiohttp.ClientConnectorDNSError(_key, _os), NotSent),
        (aiohttp.ClientConnectorSSLError(_key, _os), NotSent),
        (aiohttp.ClientConnectorCertificateError(_key, ssl.SSLCertVerificationError()), NotSent),
        (aiohttp.ConnectionTimeoutError(), NotSent),
        (aiohttp.ClientOSError(104, f"reset {KEY}"), Lost),
        (aiohttp.ServerDisconnectedError(), Lost),
        (aiohttp.SocketTimeoutError(), Lost),
        (aiohttp.ServerTimeoutError(), Lost),
        (TimeoutError(), Lost),
        (aiohttp.ClientPayloadError(f"cut {KEY}"), Lost),
        (aiohttp.ClientResponseError(Mock(real_url=URL(f"{BASE}/?key={KEY}")), ()), Lost),
        (aiohttp.ClientError(KEY), Lost),
        (ConnectionResetError(KEY), Lost),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
async def test_what_a_failure_means(api: Api, error: Exception, expected: type) -> None:
    found = what_failed(error)
    assert isinstance(found, expected)
    assert KEY not in repr(found)
    with aioresponses() as http:
        http.post(f"{BASE}/in.php", exception=error)
        assert await api.submit(FORM) == found
        assert sum(map(len, http.requests.values())) == 1


# aioresponses has no sockets: what follows needs them.


async def against(handler: Handler, patience: float = 5) -> tuple[object, int]:
    """What a hand-over becomes at a server that behaves so, and how many requests it got."""
    seen = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        try:
            await reader.readuntil(b"\r\n\r\n")
            seen += 1
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(count, "127.0.0.1", 0)
    api = Api(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", KEY, patience)
    try:
        return await api.submit(FORM), seen
    finally:
        await api.close()
        server.close()


def says(answer: bytes) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return handler


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    while not reader.at_eof():
        writer.write(b"x")
        await asyncio.sleep(0.02)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while not writer.transport.is_closing():
        writer.write(b"OK|" * LARGEST_REPLY)
        await writer.drain()


@pytest.mark.parametrize(
    ("handler", "patience", "expected"),
    [
        pytest.param(says(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nOK|5"), 5, Accepted, id="an answer"),
        pytest.param(says(b""), 5, Lost, id="closed before the answer"),
        pytest.param(reset, 5, Lost, id="reset"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nOK|5"), 5, Lost, id="cut off"),
        pytest.param(says(b"SSH-2.0-OpenSSH\r\n\r\n"), 5, Lost, id="not HTTP"),
        pytest.param(hang, 0.1, Lost, id="no answer in time"),
        pytest.param(drip, 0.1, Lost, id="an answer in drips"),
        pytest.param(flood, 5, Unreadable, id="an answer without end"),
    ],
)
async def test_a_hand_over_is_sent_once_whatever_happens(handler: Handler, patience: float, expected: type) -> None:
    outcome, seen = await against(handler, patience)
    assert isinstance(outcome, expected)
    assert seen == 1


async def test_nobody_there_is_not_sent() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    api = Api(f"http://127.0.0.1:{port}", KEY, 5)
    assert await api.submit(FORM) == NotSent("the connection was refused")
    await api.close()


async def test_each_hand_over_has_its_own_connection_and_looks_share_one() -> None:
    """On a connection the API is just closing, a request can't be told from one that was read."""
    connections: list[list[str]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        paths: list[str] = []
        connections.append(paths)
        while head := (await reader.read(4096)).decode():
            paths.append(head.split()[1])
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nOK|5")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    api = Api(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", KEY, 5)
    for _ in range(2):
        await api.submit(FORM)
        await api.poll("5")
    await api.close()
    server.close()
    assert sorted(connections) == [["/in.php"], ["/in.php"], ["/res.php", "/res.php"]]
