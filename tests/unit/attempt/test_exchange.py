"""What each kind of failure shows, on real sockets."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from attempt.evidence import Answer, Lost, NotSent
from attempt.exchange import LARGEST_ANSWER, Exchange
from tests.certificates import Authority

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(behave: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that reads each request's head and then behaves; yields its URL and the request lines it saw."""
    seen: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                seen.append(line.strip())
                while (await reader.readline()).strip():
                    pass
                await behave(reader, writer)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listening.sockets[0].getsockname()[1]}", seen
    finally:
        listening.close()


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    made = Exchange()
    yield made
    await made.close()


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 202 Accepted\r\nLocation: /tasks/1\r\nContent-Length: 2\r\n\r\n{}")


async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def stops_halfway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    writer.close()


async def speaks_no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
    writer.close()


async def never_ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
    for _ in range(LARGEST_ANSWER // 65536 + 8):
        writer.write(b"x" * 65536)
        await writer.drain()


async def redirects(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")


async def test_a_whole_answer(exchange: Exchange) -> None:
    async with server(answers) as (url, _):
        answer = await exchange.submit(f"{url}/solve", {}, b"{}", 5)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.headers["location"], answer.body) == (202, "/tasks/1", b"{}")


async def test_nobody_listening_is_not_sent(exchange: Exchange) -> None:
    with socket.socket() as reserved:  # bound and not listening: its port refuses
        reserved.bind(("127.0.0.1", 0))
        evidence = await exchange.submit(f"http://127.0.0.1:{reserved.getsockname()[1]}/solve", {}, b"{}", 5)
    assert isinstance(evidence, NotSent)
    assert "Connection refused" in evidence.reason


async def test_a_name_that_is_none_is_not_sent(exchange: Exchange) -> None:
    assert isinstance(await exchange.submit("http://no-such-host.invalid/solve", {}, b"{}", 5), NotSent)


@pytest.mark.parametrize("behave", [closes, resets, stops_halfway, speaks_no_http, never_ends], ids=lambda one: one.__name__)
async def test_a_post_that_was_read_and_not_answered_is_lost_and_was_sent_once(exchange: Exchange, behave: Behaviour) -> None:
    async with server(behave) as (url, seen):
        assert isinstance(await exchange.submit(f"{url}/solve", {}, b"{}", 5), Lost)
        assert seen == [b"POST /solve HTTP/1.1"]


async def test_an_answer_that_takes_too_long_is_lost(exchange: Exchange) -> None:
    async with server(hangs) as (url, seen):
        assert isinstance(await exchange.submit(f"{url}/solve", {}, b"{}", 0.2), Lost)
        assert seen == [b"POST /solve HTTP/1.1"]


async def test_a_redirect_is_not_followed(exchange: Exchange) -> None:
    async with server(redirects) as (url, seen):
        answer = await exchange.submit(f"{url}/solve", {}, b"{}", 5)
        assert isinstance(answer, Answer)
        assert answer.status == 307
        assert seen == [b"POST /solve HTTP/1.1"]


async def test_submissions_do_not_share_a_connection_and_waits_do(exchange: Exchange) -> None:
    connections: set[object] = set()

    async def answers_and_counts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer.get_extra_info("peername"))
        await answers(reader, writer)

    async with server(answers_and_counts) as (url, _):
        for _ in range(3):
            await exchange.submit(f"{url}/solve", {}, b"", 5)
        assert len(connections) == 3
        connections.clear()
        for _ in range(3):
            await exchange.get(f"{url}/tasks/1", {}, 5)
        assert len(connections) == 1


@pytest.mark.parametrize(
    ("names", "expired", "said"),
    [
        (("127.0.0.1",), False, "unable to get local issuer certificate"),
        (("region.example",), False, "IP address mismatch"),
        (("127.0.0.1",), True, "certificate has expired"),
    ],
    ids=["another CA", "another name", "expired"],
)
async def test_an_endpoint_that_is_not_who_it_should_be_is_sent_nothing(
    tmp_path: Path, names: tuple[str, ...], expired: bool, said: str
) -> None:
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    issuer = theirs if "issuer" in said else ours
    exchange = Exchange(ours.client())
    async with server(answers, issuer.server(issuer.issue(*names, expired=expired))) as (url, seen):
        for evidence in (await exchange.submit(f"{url}/solve", {}, b"{}", 5), await exchange.get(f"{url}/tasks/1", {}, 5)):
            assert isinstance(evidence, NotSent)
            assert said in evidence.reason
            assert "REGION_CA" in evidence.reason
        assert seen == []
    await exchange.close()


async def test_an_endpoint_with_a_certificate_of_ours_is_sent_the_task_by_who_shows_one(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    exchange = Exchange(ours.client(ours.issue("gateway.example")))
    tls = ours.server(ours.issue("127.0.0.1"), ours.ca)
    tls.verify_mode = ssl.CERT_REQUIRED
    async with server(answers, tls) as (url, _):
        assert isinstance(await exchange.submit(f"{url}/solve", {}, b"{}", 5), Answer)
    await exchange.close()


async def test_plain_http_where_tls_belongs_is_not_sent(exchange: Exchange) -> None:
    async def answer_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer_at_once, "127.0.0.1", 0) as listening:
        evidence = await exchange.submit(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}/solve", {}, b"{}", 5)
    assert isinstance(evidence, NotSent)
    assert "TLS failed" in evidence.reason


async def test_where_only_https_is_allowed_nothing_is_sent_in_the_clear() -> None:
    exchange = Exchange(https_only=True)
    async with server(answers) as (url, seen):
        for evidence in (await exchange.submit(f"{url}/solve", {}, b"{}", 5), await exchange.get(f"{url}/tasks/1?a=b", {}, 5)):
            assert isinstance(evidence, NotSent)
            assert "REGION_HTTPS_ONLY" in evidence.reason
            assert "a=b" not in evidence.reason
        assert seen == []
    await exchange.close()


TOKEN = "t" * 40


@pytest.mark.parametrize(("token", "shown"), [(lambda: TOKEN, [TOKEN]), (None, [])], ids=["one", "none"])
async def test_every_request_shows_the_token_and_nothing_else_for_one(token: Callable[[], str] | None, shown: list[str]) -> None:
    seen: list[list[str]] = []

    async def record(request: web.Request) -> web.Response:
        seen.append(request.headers.getall("Nearway-Token", []))
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", record)
    exchange = Exchange(token=token)
    async with TestServer(app) as region:
        url = str(region.make_url("/"))
        await exchange.submit(f"{url}solve", {}, b"{}", 5)
        await exchange.get(f"{url}tasks/1", {"Nearway-Task": "x"}, 5)
        answer = await exchange.open("GET", f"{url}v1/", [("Accept", "*/*")], b"", 5)
        assert isinstance(answer, aiohttp.ClientResponse)
        answer.close()
        await exchange.close()
    assert seen == [shown] * 3
