"""The client against a gateway that does what a test says."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from nearway import AsyncClient, BusyError, Client, Done, FailedError, Submitted, TaskRefusedError, Ticket, UnreachableError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gateway:
    """Answers by its script, one handler for each request; the last one stays. `seen` is what came."""

    def __init__(self) -> None:
        self.script: list[Handler] = []
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append((request.method, request.path_qs, headers, await request.read()))
        return await (self.script.pop(0) if len(self.script) > 1 else self.script[0])(request)

    def posts(self) -> list[str]:
        return [headers["idempotency-key"] for method, _, headers, _ in self.seen if method == "POST"]


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    made = Gateway()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()


def says(status: int, submitted: str, **members: Any) -> Handler:
    headers = {"Task-Submitted": submitted, **members.pop("headers", {})}

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers=headers, body=json.dumps(members).encode(), content_type="application/json")

    return answer


async def breaks_off(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


SOLVED = says(200, "yes", solution="abc", captcha_id="7", headers={"Nearway-Task": "t", "Nearway-Region": "eu-west"})
ACCEPTED = says(202, "yes", captcha_id="7", headers={"Location": "/tasks/7?seal=x"})


async def test_a_task_is_sent_with_a_key_and_its_solution_has_all_that_is_told(gateway: Gateway) -> None:
    gateway.script = [SOLVED]
    async with AsyncClient(gateway.url, key="secret", region="eu-west", deadline=90) as client:
        solution = await client.solve(method="turnstile", sitekey="k")
    assert (solution.text, solution.captcha_id, solution.task, solution.region) == ("abc", "7", "t", "eu-west")
    (method, path, headers, body), = gateway.seen  # fmt: skip
    assert (method, path, json.loads(body)) == ("POST", "/solve", {"method": "turnstile", "sitekey": "k"})
    assert (headers["authorization"], headers["nearway-region"]) == ("Bearer secret", "eu-west")
    assert headers["prefer"] == "respond-async, wait=20"
    assert 89 < float(headers["nearway-deadline"]) <= 90


async def test_through_every_trouble_it_is_the_same_task_under_the_same_key(gateway: Gateway) -> None:
    busy = says(503, "no", error="NO_FREE_SLOT", headers={"Retry-After": "0"})
    gateway.script = [breaks_off, busy, ACCEPTED, breaks_off, says(404, "unknown", error="TASK_UNKNOWN"), ACCEPTED, SOLVED]
    async with AsyncClient(gateway.url) as client:
        assert (await client.solve(method="turnstile")).text == "abc"
    assert len(gateway.posts()) == 4
    assert len({*gateway.posts()}) == 1
    assert len({body for method, _, _, body in gateway.seen if method == "POST"}) == 1
    assert [path for method, path, _, _ in gateway.seen if method == "GET"][-1] == "/tasks/7?seal=x"


async def test_what_is_paid_for_in_vain_is_told_and_not_sent_again(gateway: Gateway) -> None:
    gateway.script = [says(500, "yes", error="ERROR_CAPTCHA_UNSOLVABLE", detail="nobody could")]
    async with AsyncClient(gateway.url) as client:
        with pytest.raises(FailedError, match=r"ERROR_CAPTCHA_UNSOLVABLE: nobody could \(it is paid for\)") as raised:
            await client.solve(method="turnstile", idempotency_key="mine")
    assert (raised.value.submitted, raised.value.may_retry, raised.value.idempotency_key) == (Submitted.YES, False, "mine")
    assert gateway.posts() == ['"mine"']


async def test_a_busy_gateway_is_asked_until_the_deadline_and_no_longer_than_it_names(gateway: Gateway) -> None:
    gateway.script = [says(429, "no", error="DAILY_CAP", headers={"Retry-After": "3600"})]
    async with AsyncClient(gateway.url) as client:
        with pytest.raises(BusyError) as raised:
            await client.solve(method="turnstile")
    assert (raised.value.retry_after, len(gateway.seen)) == (3600.0, 1)


async def test_a_gateway_that_never_answers_is_given_up(unused_tcp_port_factory: Callable[[], int]) -> None:
    async with AsyncClient(f"http://127.0.0.1:{unused_tcp_port_factory()}", patience=0.3) as client:
        with pytest.raises(UnreachableError) as raised:
            await client.solve(method="turnstile")
    assert (raised.value.submitted, raised.value.may_retry) == (Submitted.NO, True)


async def test_a_ticket_gets_its_solution_later_and_from_another_program(gateway: Gateway) -> None:
    gateway.script = [ACCEPTED]
    async with AsyncClient(gateway.url) as client:
        ticket = await client.submit(method="turnstile")
    kept = Ticket({"method": "turnstile"}, ticket.idempotency_key, ticket.location)
    gateway.script = [SOLVED]
    async with AsyncClient(gateway.url) as client:
        assert (await client.result(kept)).text == "abc"
        assert (await client.result(Ticket({"method": "turnstile"}, ticket.idempotency_key))).text == "abc"
    assert [method for method, _, _, _ in gateway.seen] == ["POST", "GET", "POST"]
    assert len({*gateway.posts()}) == 1


async def test_what_can_not_be_sent_is_refused_here(gateway: Gateway) -> None:
    async with AsyncClient(gateway.url) as client:
        for wrong in (float("nan"), object(), b"bytes"):
            with pytest.raises(TaskRefusedError):
                await client.solve(method=wrong)
    assert gateway.seen == []


async def test_many_are_solved_so_many_at_once_and_each_end_comes_once(gateway: Gateway) -> None:
    held = 0
    most = 0

    async def solve(request: web.Request) -> web.StreamResponse:
        nonlocal held, most
        held += 1
        most = max(most, held)
        await asyncio.sleep(0.01)
        held -= 1
        number = (await request.json())["number"]
        return await (says(400, "no", error="BAD_REQUEST") if number == 3 else says(200, "yes", solution=str(number)))(request)

    gateway.script = [solve]
    async with AsyncClient(gateway.url) as client:
        many = client.solve_many([{"number": number} for number in range(20)], concurrency=4)
        done = [one async for one in many]
    assert most == 4
    assert sorted(one.index for one in done) == list(range(20))
    assert {one.index: one.result().text for one in done if one.error is None} == {
        number: str(number) for number in range(20) if number != 3
    }
    progress = many.progress
    assert (progress.total, progress.started, progress.solved, progress.failed, progress.paid) == (20, 20, 19, 1, 19)
    assert progress.seconds_left == 0


async def test_many_stop_when_they_are_closed(gateway: Gateway) -> None:
    gateway.script = [SOLVED]
    async with AsyncClient(gateway.url) as client:
        many = client.solve_many(({"number": number} for number in range(1000)), concurrency=2)
        assert isinstance(await anext(many), Done)
        await many.aclose()
        assert [one async for one in many] == []
    assert many.progress.total is None
    assert len(gateway.seen) < 10


async def test_the_blocking_client_does_the_same_from_any_thread(gateway: Gateway) -> None:
    gateway.script = [SOLVED]

    def use() -> tuple[str, list[str]]:
        with Client(gateway.url) as client:
            found: list[str] = []
            threads = [threading.Thread(target=lambda: found.append(client.solve(method="m").text)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            many = client.solve_many([{"method": "m"}] * 3)
            ends = [one.result().text for one in many]
            assert many.progress.done == 3
            ticket = client.submit(method="m")
            return client.result(ticket).text, [*found, *ends]

    assert await asyncio.to_thread(use) == ("abc", ["abc"] * 6)


def test_a_closed_client_says_so_and_one_that_can_not_be_meant_too() -> None:
    client = Client("http://127.0.0.1:1")
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.solve(method="m")
    for wrong in ("127.0.0.1:8000", "ftp://x", "http://x/path", "http://x:99999", "http://"):
        with pytest.raises(ValueError, match=r"is not like|Port"):
            AsyncClient(wrong)
    with pytest.raises(ValueError, match="key"):
        AsyncClient(key="two words")
