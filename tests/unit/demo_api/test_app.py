"""Through a real socket, with a client as the worker has one."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from typing import Any

import aiohttp
import pytest

from demo.api.app import DEMO_KEY, create_app
from demo.api.exchange import Time
from demo.api.serving import running
from demo.api.switches import Switches


class Clock:
    """A time that only tests move; a sleep moves it on."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)
        await asyncio.sleep(0)


class Client:
    """Speaks to one simulated API."""

    def __init__(self, session: aiohttp.ClientSession, url: str, clock: Clock) -> None:
        self.session, self.url, self.clock = session, url, clock

    def task(self, label: str = "a", seconds: float = 5.0, **more: str) -> dict[str, str]:
        page = f"https://example.org/?task={label}&seconds={seconds}"
        return {"key": DEMO_KEY, "method": "userrecaptcha", "googlekey": "k", "pageurl": page, "json": "1", **more}

    async def post(self, path: str, data: Any = None) -> tuple[int, Any]:
        async with self.session.post(self.url + path, data=data) as response:
            return response.status, await self._body(response)

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        async with self.session.get(self.url + path, params=query) as response:
            return response.status, await self._body(response)

    async def fetch(self, id_: object) -> Any:
        return (await self.get("/res.php", key=DEMO_KEY, action="get", id=str(id_), json="1"))[1]

    async def switch(self, **changes: Any) -> tuple[int, Any]:
        async with self.session.patch(f"{self.url}/switches", json=changes) as response:
            return response.status, await response.json()

    async def witness(self) -> Any:
        return (await self.get("/witness"))[1]

    @staticmethod
    async def _body(response: aiohttp.ClientResponse) -> Any:
        return await (response.json() if response.content_type == "application/json" else response.text())


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    clock = Clock()
    app = create_app(switches=Switches(), time=Time(lambda: clock.now, clock.sleep), first_id=500)
    async with running(app) as url, aiohttp.ClientSession() as session:
        yield Client(session, url, clock)


async def test_a_task_from_submission_to_solution(client: Client) -> None:
    assert await client.post("/in.php", client.task()) == (200, {"status": 1, "request": 500})
    client.clock.now += 4.9
    assert await client.fetch(500) == {"status": 0, "request": "CAPCHA_NOT_READY"}
    client.clock.now += 0.1
    solved = await client.fetch(500)
    assert solved["request"].startswith("sim-a-500-")
    assert await client.witness() == {
        "submissions": {"a": 1},
        "polls": {"a": 2},
        "answered": {"a": 1},
        "shortest_poll_gap": {"a": pytest.approx(0.1)},
        "in_flight": 0,
        "most_in_flight": 1,
        "tasks": 1,
        "accepted": 1,
        "refused": {},
        "refused_polls": {},
        "faults": {},
    }


@pytest.mark.parametrize("path", ["/in.php", "/solve.php"])
async def test_every_way_to_send_is_taken(client: Client, path: str, png: bytes) -> None:
    form = aiohttp.FormData({"key": DEMO_KEY, "method": "post"})
    form.add_field("file", png, filename="a.png", content_type="image/png")
    multipart = await client.post(path, form)
    assert multipart[1].startswith("OK|")
    if path == "/in.php":
        assert await client.get(path, **client.task(json="0")) == (200, "OK|501")
        assert await client.post(path, client.task(json="0")) == (200, "OK|502")
        assert (await client.post(path, {})) == (200, "ERROR_WRONG_USER_KEY")


async def test_polls_may_be_posted(client: Client) -> None:
    answer = await client.post("/res.php", {"key": DEMO_KEY, "action": "threadsinfo", "json": "1"})
    assert answer == (200, {"threads": 100, "working_threads": 0})


async def test_solve_php_answers_when_the_image_is_solved(client: Client, png: bytes) -> None:
    await client.switch(solve_time="fixed")
    form = aiohttp.FormData({"key": DEMO_KEY, "method": "post", "json": "1"})
    form.add_field("file", png, filename="a.png", content_type="image/png")
    _, answer = await client.post("/solve.php", form)
    assert answer["request"].startswith("sim-500-500-")
    assert client.clock.slept == [8.0]
    assert await client.post("/solve.php", client.task(json="0")) == (200, "ERROR_BAD_PARAMETERS")


async def test_a_reset_after_the_task_was_accepted_is_a_submission(client: Client) -> None:
    await client.switch(reset_after_rate=1, faults_on="submit")
    with pytest.raises(aiohttp.ClientError) as caught:
        await client.post("/in.php", client.task("lost"))
    assert isinstance(caught.value, OSError)
    assert caught.value.errno == errno.ECONNRESET
    report = await client.witness()
    assert (report["submissions"], report["accepted"]) == ({"lost": 1}, 1)
    assert (report["in_flight"], report["faults"]) == (1, {"reset_after": 1})


@pytest.mark.parametrize("verb", ["post", "get"])
async def test_a_reset_before_the_body_is_read_is_none(client: Client, verb: str) -> None:
    await client.switch(reset_before_rate=1)
    with pytest.raises(aiohttp.ClientError):
        await (client.post("/in.php", client.task()) if verb == "post" else client.get("/in.php", **client.task()))
    report = await client.witness()
    assert (report["submissions"], report["refused"], report["in_flight"]) == ({}, {}, 0)
    # aiohttp sends a GET again whose connection was lost.
    assert report["faults"]["reset_before"] >= 1


@pytest.mark.parametrize("fault", ["reset_before_rate", "reset_after_rate"])
async def test_a_reset_is_a_reset_of_tcp(client: Client, fault: str) -> None:
    await client.switch(**{fault: 1})
    host, port = client.url.removeprefix("http://").split(":")
    loop = asyncio.get_running_loop()
    with closing(socket.create_connection((host, int(port)))) as sock:
        sock.setblocking(False)
        await loop.sock_sendall(sock, b"GET /in.php HTTP/1.1\r\nHost: a\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            await loop.sock_recv(sock, 1)


@pytest.mark.parametrize(
    ("moment", "submissions", "fault"),
    [("before", {}, "server_error_before"), ("after", {"a": 1}, "server_error_after")],
)
async def test_a_server_error_before_is_no_submission_and_after_is_one(
    client: Client, moment: str, submissions: dict[str, int], fault: str
) -> None:
    await client.switch(server_error_rate=1, server_error_status=503, server_error_moment=moment, server_error_body="html")
    status, body = await client.post("/in.php", client.task())
    assert (status, body[:6]) == (503, "<html>")
    report = await client.witness()
    assert (report["submissions"], report["faults"]) == (submissions, {fault: 1})


@pytest.mark.parametrize(("moment", "accepted_at"), [("before", 1030.0), ("after", 1000.0)])
async def test_a_delay_comes_before_or_after_the_task_is_accepted(client: Client, moment: str, accepted_at: float) -> None:
    await client.switch(delay_rate=1, delay_seconds=30, delay_moment=moment, faults_on="submit")
    assert (await client.post("/in.php", client.task(seconds=100)))[0] == 200
    client.clock.now = accepted_at + 99.9
    assert (await client.fetch(500))["status"] == 0
    client.clock.now = accepted_at + 100
    assert (await client.fetch(500))["status"] == 1


async def test_a_slow_body_is_whole_in_the_end(client: Client) -> None:
    await client.switch(slow_body_rate=1, slow_body_seconds=2)
    assert await client.post("/in.php", client.task()) == (200, {"status": 1, "request": 500})
    assert sum(client.clock.slept) == pytest.approx(2)
    assert len(client.clock.slept) > 5


async def test_a_body_that_is_no_json_leaves_the_task_accepted(client: Client) -> None:
    await client.switch(body="html_502", faults_on="submit")
    assert (await client.post("/in.php", client.task()))[0] == 502
    assert (await client.witness())["submissions"] == {"a": 1}


async def test_saturation_can_be_http_429(client: Client) -> None:
    await client.switch(threads=1, saturation="http_429")
    await client.post("/in.php", client.task())
    assert await client.post("/in.php", client.task()) == (429, {"status": 0, "request": "ERROR_TOO_MUCH_REQUESTS"})
    assert (await client.witness())["refused"] == {"ERROR_TOO_MUCH_REQUESTS": 1}


async def test_switches_are_shown_changed_and_reset(client: Client) -> None:
    initial = (await client.get("/switches"))[1]
    status, changed = await client.switch(threads=3, limits=["1001"])
    assert (status, changed["threads"], changed["limits"]) == (200, 3, ["1001"])
    assert (await client.get("/switches"))[1] == changed
    assert await client.post("/switches/reset") == (200, initial)


async def test_a_reset_or_a_seed_starts_the_random_sequence_again(client: Client) -> None:
    async def sequence() -> list[Any]:
        await client.switch(submit_error="ERROR_SERVER_ERROR", submit_error_rate=0.5)
        return [(await client.post("/in.php", client.task()))[1]["status"] for _ in range(30)]

    await client.switch(seed=0)
    first = await sequence()
    assert await sequence() != first
    await client.post("/switches/reset")
    assert await sequence() == first
    await client.switch(seed=0)
    assert await sequence() == first


async def test_a_wrong_change_is_refused_as_a_whole(client: Client) -> None:
    initial = (await client.get("/switches"))[1]
    status, answer = await client.switch(threads=3, speed=-1)
    assert status == 400
    assert "speed" in answer["error"]
    assert (await client.get("/switches"))[1] == initial
    async with client.session.patch(f"{client.url}/switches", data="[1]") as response:
        assert response.status == 400
    async with client.session.patch(f"{client.url}/switches", data="{") as response:
        assert response.status == 400


async def test_the_witness_is_reset(client: Client) -> None:
    await client.post("/in.php", client.task())
    assert (await client.post("/witness/reset"))[1]["submissions"] == {}
    report = await client.witness()
    assert (report["submissions"], report["in_flight"], report["most_in_flight"]) == ({}, 1, 1)


async def test_an_unknown_path_names_those_there_are(client: Client) -> None:
    status, answer = await client.get("/createTask")
    assert status == 404
    assert "/in.php" in answer["error"]


async def test_a_client_that_leaves_does_not_take_its_task_along(client: Client) -> None:
    held = asyncio.Event()

    async def sleep(seconds: float) -> None:
        held.set()
        await asyncio.Event().wait()

    app = create_app(time=Time(lambda: 0.0, sleep), switches=Switches().patched({"delay_rate": 1, "delay_moment": "after"}))
    async with running(app) as url:
        leaving = asyncio.create_task(Client(client.session, url, client.clock).post("/in.php", client.task("left")))
        await held.wait()
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        assert app.ctx.desk.report(0.0)["submissions"] == {"left": 1}


async def test_pingbacks_are_sent() -> None:
    told: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        told.put_nowait(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(listen, "127.0.0.1", 0)
    host = f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    app = create_app(switches=Switches().patched({"pingback": "post"}), first_id=500)
    async with listener, running(app) as url, aiohttp.ClientSession() as session:
        client = Client(session, url, Clock())
        await client.get("/res.php", key=DEMO_KEY, action="add_pingback", addr=host)
        await client.post("/in.php", client.task(seconds=0, pingback=f"http://{host}/done"))
        assert (await told.get()).startswith(b"id=500&code=sim-a-500-")
