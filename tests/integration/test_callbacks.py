"""Callbacks over real HTTP: what is sent, to whom, and to whom not."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from attempt.evidence import Answer, Evidence, Lost, NotSent
from gateway.callbacks import delivery as module
from gateway.callbacks.addresses import Address
from gateway.callbacks.delivery import Delivery, Resolve
from gateway.callbacks.target import parse_target
from tests.certificates import Authority

HERE = [ip_network("127.0.0.0/8")]
TAKEN = Answer(204, {"retry-after": ""}, b"")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Receiver:
    """What takes callbacks."""

    port: int = 0
    answer: Handler | None = None
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append((f"{request.method} {request.path_qs}", headers, await request.read()))
        return await self.answer(request) if self.answer else web.Response(status=204)


@asynccontextmanager
async def receiving(answer: Handler | None = None, authority: Authority | None = None, name: str = "") -> AsyncIterator[Receiver]:
    made = Receiver(answer=answer)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority.server(authority.issue(name)) if authority else None).start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()


def at(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[Address]:
        return [ip_address(one) for one in addresses]

    return resolve


async def post(url: str, resolve: Resolve | None = None, authority: Authority | None = None, networks: bool = True) -> Evidence:
    delivery = Delivery(resolve, authority.client() if authority else None)
    try:
        fields = {"Content-Type": "application/json", "webhook-id": "t"}
        return await delivery.post(parse_target(url), fields, b'{"a": 1}', HERE if networks else ())
    finally:
        await delivery.close()


async def test_it_is_posted_just_so_to_the_address_that_was_looked_up() -> None:
    async with receiving() as receiver:
        url = f"http://hooks.example:{receiver.port}/a%20b/?token=%2f"
        assert await post(url, at("127.0.0.1")) == TAKEN
    ((line, headers, body),) = receiver.got
    assert (line, body, headers["host"]) == ("POST /a%20b/?token=%2f", b'{"a": 1}', f"hooks.example:{receiver.port}")
    assert (headers["content-type"], headers["webhook-id"], headers["user-agent"]) == ("application/json", "t", "nearway-gateway")


async def test_over_tls_the_certificate_must_be_of_the_name_in_the_url(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with receiving(authority=authority, name="hooks.example") as receiver:
        assert await post(f"https://hooks.example:{receiver.port}/", at("127.0.0.1"), authority) == Answer(
            204, {"retry-after": ""}, b""
        )
        for url, trusted in (
            ("https://other.example", authority),
            ("https://127.0.0.1", authority),
            ("https://hooks.example", None),
        ):
            failed = await post(f"{url}:{receiver.port}/", at("127.0.0.1"), trusted)
            assert isinstance(failed, NotSent)
            assert "certificate is not accepted" in failed.reason
    assert len(receiver.got) == 1


async def test_what_is_reached_is_the_address_that_was_checked_whatever_the_name_means_elsewhere_or_later() -> None:
    asked = 0

    async def rebinding(host: str, port: int) -> Sequence[Address]:
        nonlocal asked
        asked += 1
        return [ip_address("127.0.0.2" if asked == 1 else "127.0.0.1")]  # nothing listens at the first

    async with receiving() as receiver:
        failed = await post(f"http://localhost:{receiver.port}/", rebinding)
    assert isinstance(failed, NotSent)
    assert (asked, receiver.got) == (1, [])


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"], ["::1"]])
async def test_a_name_with_any_private_address_is_not_called_at_all(addresses: list[str]) -> None:
    async with receiving() as receiver:
        failed = await post(f"https://inside.example:{receiver.port}/", at(*addresses), networks=False)
    assert isinstance(failed, NotSent)
    assert "is not called" in failed.reason
    assert receiver.got == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "[::1]"])
async def test_loopback_is_not_called_however_it_is_written(host: str) -> None:
    async with receiving() as receiver:
        failed = await post(f"https://{host}:{receiver.port}/", networks=False)
    assert isinstance(failed, NotSent)
    assert receiver.got == []


async def test_without_tls_only_the_networks_that_are_named_are_called() -> None:
    failed = await post("http://outside.example:8000/", at("93.184.216.34"))
    assert isinstance(failed, NotSent)
    assert "https only" in failed.reason


async def test_no_redirect_is_followed_and_no_proxy_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as inside:

        async def redirect(request: web.Request) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": f"http://127.0.0.1:{inside.port}/"})

        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}")
        async with receiving(redirect) as receiver:
            told = await post(f"http://hooks.example:{receiver.port}/", at("127.0.0.1"))
    assert isinstance(told, Answer)
    assert (told.status, len(receiver.got), inside.got) == (307, 1, [])


async def test_an_answer_without_end_counts_by_its_status_and_is_not_read() -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(status=200, headers={"Retry-After": "7", "Content-Encoding": "gzip"})
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)
            sent += 65_536

    async with receiving(endless) as receiver:
        told = await post(f"http://hooks.example:{receiver.port}/", at("127.0.0.1"))
    assert told == Answer(200, {"retry-after": "7"}, b"")
    assert sent < 32 * 1024 * 1024, "what was not read fills the buffers in between, and no more"


async def test_an_answer_that_drips_counts_by_its_status_and_one_that_never_begins_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=200)
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.01)

    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        raise AssertionError

    monkeypatch.setattr(module, "READING", 0.1)
    async with receiving(drip) as receiver:
        assert await post(f"http://hooks.example:{receiver.port}/", at("127.0.0.1")) == Answer(200, {"retry-after": ""}, b"")
    monkeypatch.setattr(module, "WITHIN", 0.5)
    begun = time.monotonic()
    async with receiving(never) as receiver:
        assert isinstance(await post(f"http://hooks.example:{receiver.port}/", at("127.0.0.1")), Lost)
    assert time.monotonic() - begun < 10


async def test_the_next_address_is_tried_when_one_can_not_be_reached() -> None:
    async with receiving() as receiver:
        told = await post(f"http://hooks.example:{receiver.port}/", at("127.0.0.2", "127.0.0.1"))
    assert told == TAKEN


async def test_a_name_that_is_not_there_is_no_fault_of_ours() -> None:
    failed = await post("https://nowhere.invalid/", networks=False)
    assert isinstance(failed, NotSent | Lost)
    assert "nowhere.invalid" in failed.reason or "no answer" in failed.reason


@pytest.mark.parametrize("host", ["a..example", "x" * 64 + ".example", "-"])
async def test_what_can_be_no_name_is_a_failure_like_any_other(host: str) -> None:
    assert isinstance(await post(f"https://{host}/", networks=False), NotSent | Lost)


async def test_a_look_up_that_hangs_holds_up_nobody_else_nor_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging, resolved = threading.Event(), socket.getaddrinfo

    def look_up(host: str, *rest: Any, **more: Any) -> Any:
        if host == "hangs.example":
            hanging.wait(30)
        return resolved(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(module, "WITHIN", 0.5)
    try:
        many = [asyncio.create_task(post("https://hangs.example/", networks=False)) for _ in range(40)]
        async with receiving() as receiver:
            assert await post(f"http://127.0.0.1:{receiver.port}/") == TAKEN
        assert {type(one) for one in await asyncio.gather(*many)} == {Lost}
        assert all(thread.daemon for thread in threading.enumerate() if "hangs.example" in thread.name)
    finally:
        hanging.set()
