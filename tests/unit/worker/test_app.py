"""The worker as a whole: real sockets, and a small API of our own behind it."""

import asyncio
import base64
import io
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from contract.guard import Guarded
from worker.app import Worker, create_app
from worker.settings import WorkerSettings

KEY = "0123456789abcdef0123456789abcdef"
TASK = {"method": "turnstile", "sitekey": "k", "pageurl": "https://example.com/"}
ASYNC = {"Prefer": "respond-async, wait=0"}
NOT_READY = {"status": 0, "request": "CAPCHA_NOT_READY"}


@dataclass
class FakeApi:
    """An API that keeps what it was sent. `ready` lets tasks be solved, `takes` lets hand-overs be answered."""

    url: str = ""
    submissions: list[Mapping[str, str]] = field(default_factory=list)
    polls: int = 0
    refusal: str | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    takes: asyncio.Event = field(default_factory=asyncio.Event)

    async def submit(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        self.submissions.append({name: str(value) for name, value in form.items()})
        await self.takes.wait()
        if self.refusal:
            return web.json_response({"status": 0, "request": self.refusal})
        return web.json_response({"status": 1, "request": 700 + len(self.submissions)})

    async def ask(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form["action"] == "threadsinfo":
            return web.json_response({"threads": 5, "working_threads": 1})
        if form["action"] == "getbalance":
            return web.json_response({"status": 1, "request": "7.5"})
        self.polls += 1
        return web.json_response({"status": 1, "request": "token-" + str(form["id"])} if self.ready.is_set() else NOT_READY)


@dataclass
class Running:
    """A worker that runs, and a client of it."""

    app: Worker
    url: str
    client: aiohttp.ClientSession
    stop: Callable[[], Awaitable[None]]

    async def post(self, body: object = TASK, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], Any]:
        data, content_type = io.BytesIO(json.dumps(body).encode()), {"Content-Type": "application/json"}
        async with self.client.post(f"{self.url}/solve", data=data, headers={**content_type, **(headers or {})}) as response:
            return response.status, response.headers, json.loads(await response.read())

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], Any]:
        async with self.client.get(self.url + path, headers=headers) as response:
            body = await response.read()
            return response.status, response.headers, json.loads(body) if "json" in response.content_type else body.decode()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110  # what is watched knows nothing of the watcher
                await asyncio.sleep(0.001)

    @property
    def active(self) -> int:
        return self.app.ctx.slots.load.active


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    fake = FakeApi()
    fake.takes.set()
    served = web.Application(client_max_size=4 * 1024 * 1024)
    served.add_routes([web.post("/in.php", fake.submit), web.post("/res.php", fake.ask)])
    async with TestServer(served) as server:
        fake.url = str(server.make_url("")).rstrip("/")
        yield fake
        fake.takes.set()


@asynccontextmanager
async def running(api: FakeApi, **more: str) -> AsyncIterator[Running]:
    environ = {
        "CAPTCHAAI_API_KEY": KEY,
        "CAPTCHAAI_URL": api.url,
        "REGION": "us-east",
        "CONSUL_REGISTER": "false",
        "API_SPEED": "500",
        "SUBMIT_GAP": "0",
        **more,
    }
    app = create_app(WorkerSettings.read(environ))
    listening = socket.create_server(("127.0.0.1", 0))
    server: Any = await app.create_server(sock=listening, protocol=Guarded, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.after_start()
    await server.start_serving()
    async with aiohttp.ClientSession() as client:
        yield Running(app, f"http://127.0.0.1:{listening.getsockname()[1]}", client, server.before_stop)
    await server.before_stop()
    closed = server.close()
    for connection in list(server.connections):
        connection.abort()
    await closed
    await server.after_stop()


@pytest.fixture
async def worker(api: FakeApi) -> AsyncIterator[Running]:
    async with running(api) as made:
        yield made


async def test_its_answers_say_who_it_is(worker: Running, api: FakeApi) -> None:
    worker.app.ctx.name = "solver-us-east-10.0.0.5-9101"
    _, headers, _ = await worker.post(TASK, ASYNC)
    assert headers["Nearway-Worker"] == "solver-us-east-10.0.0.5-9101"


async def test_held_until_solved(worker: Running, api: FakeApi) -> None:
    api.ready.set()
    status, headers, body = await worker.post({**TASK, "proxy": "h:1", "proxytype": "http"})
    assert (status, headers["Task-Submitted"], headers["Cache-Control"]) == (200, "yes", "no-store")
    assert (body["solution"], body["captcha_id"]) == ("token-701", "701")
    assert body["expires_at"] == pytest.approx(body["solved_at"] + 120)
    sent = {"key": KEY, "json": "1", **TASK, "proxy": "h:1", "proxytype": "HTTP"}
    assert api.submissions == [sent]


async def test_the_largest_image_arrives_whole(worker: Running, api: FakeApi) -> None:
    api.ready.set()
    image = base64.b64encode(bytes(range(256)) * 4096).decode()
    assert (await worker.post({"method": "base64", "body": image}))[0] == 200
    assert api.submissions[0]["body"] == image


async def test_a_location_as_soon_as_taken_then_waits_there(worker: Running, api: FakeApi) -> None:
    status, headers, body = await worker.post(headers=ASYNC)
    assert (status, headers["Task-Submitted"], body) == (202, "yes", {"captcha_id": "701"})
    location = headers["Location"]
    assert location.startswith("/tasks/701?kind=turnstile&submitted=")
    status, headers, body = await worker.get(location)
    assert (status, headers["Task-Submitted"], headers["Location"], body) == (202, "yes", location, {"captcha_id": "701"})
    waiting = asyncio.create_task(worker.get(location, {"Prefer": "wait=10"}))
    await worker.until(lambda: api.polls >= 2)
    api.ready.set()
    for status, headers, body in (await waiting, await worker.get(location, {"Prefer": "wait=10"})):
        assert (status, headers["Task-Submitted"], body["solution"]) == (200, "yes", "token-701")
    assert len(api.submissions) == 1


async def test_another_worker_answers_for_a_task(worker: Running, api: FakeApi) -> None:
    location = (await worker.post(headers=ASYNC))[1]["Location"]
    api.ready.set()
    async with running(api, REGION="eu-west") as other:
        status, _, body = await other.get(location, {"Prefer": "wait=10"})
    assert (status, body["solution"], len(api.submissions)) == (200, "token-701", 1)


async def test_a_location_after_a_while(worker: Running, api: FakeApi) -> None:
    status, headers, _ = await worker.post(headers={"Prefer": "respond-async, wait=60", "Nearway-Deadline": "0.2"})
    assert (status, headers["Task-Submitted"]) == (202, "yes")
    assert api.polls > 1


async def test_out_of_time_keeps_the_id(worker: Running) -> None:
    status, headers, body = await worker.post(headers={"Nearway-Deadline": "0.1"})
    assert (status, headers["Task-Submitted"], body["error"], body["captcha_id"]) == (500, "yes", "TIMEOUT", "701")
    assert headers["Location"].startswith("/tasks/701?")
    assert headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        pytest.param({}, {"sitekey": "k"}, (400, "BAD_REQUEST", "no"), id="a task that is none"),
        pytest.param({"Nearway-Deadline": "soon"}, TASK, (400, "BAD_REQUEST", "no"), id="a deadline that is none"),
        pytest.param({}, {**TASK, "method": "hcaptcha"}, (400, "UNKNOWN_METHOD", "no"), id="an unknown method"),
        pytest.param({"Content-Type": "text/plain"}, TASK, (415, "UNSUPPORTED_MEDIA_TYPE", "no"), id="no JSON"),
        pytest.param({}, {**TASK, "data": "x" * 70_000}, (413, "BODY_TOO_LARGE", "no"), id="too large for a token"),
        pytest.param({}, {**TASK, "data": "x" * 1_600_000}, (413, "BODY_TOO_LARGE", "no"), id="too large for anything"),
        pytest.param({"Nearway-Deadline": "0"}, TASK, (503, "SOLVER_BUSY", "no"), id="no time left"),
    ],
)
async def test_what_is_not_begun(
    worker: Running, api: FakeApi, headers: dict[str, str], body: object, expected: tuple[int, str, str]
) -> None:
    status, got, problem = await worker.post(body, headers)
    assert (status, problem["error"], got["Task-Submitted"]) == expected
    assert api.submissions == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/tasks/abc?kind=turnstile&submitted=1", (400, "BAD_REQUEST", "unknown")),
        ("/tasks/5", (400, "BAD_REQUEST", "unknown")),
        ("/nowhere", (404, "NOT_FOUND", "no")),
        ("/solve", (405, "METHOD_NOT_ALLOWED", "no")),
    ],
)
async def test_paths_that_are_none(worker: Running, path: str, expected: tuple[int, str, str]) -> None:
    status, headers, problem = await worker.get(path)
    assert (status, problem["error"], headers["Task-Submitted"]) == expected


async def test_full_refuses_tasks_and_no_wait(api: FakeApi) -> None:
    async with running(api, MAX_CONCURRENT="2") as worker:
        location = (await worker.post(headers=ASYNC))[1]["Location"]
        held = asyncio.create_task(worker.post())
        await worker.until(lambda: len(api.submissions) == 2)
        status, headers, body = await worker.post()
        assert (status, body["error"], headers["Task-Submitted"]) == (503, "WORKER_AT_CAPACITY", "no")
        assert int(headers["Retry-After"]) >= 1
        assert (await worker.get("/ready"))[0] == 429
        status, _, body = await worker.get("/health")
        assert (status, body) == (503, {"status": "overloaded", "active_tasks": 2, "max_concurrent": 2, "load_pct": 100.0})
        assert (await worker.get(location))[0] == 202
        api.ready.set()
        assert (await worker.get(location, {"Prefer": "wait=10"}))[0] == 200
        assert (await held)[0] == 200
        assert (await worker.post())[0] == 200
        assert (worker.active, len(api.submissions)) == (0, 3)


async def test_a_task_handed_over_keeps_its_slot_until_it_is_waited_for_and_between_two_waits(api: FakeApi) -> None:
    async with running(api, MAX_CONCURRENT="1") as worker:
        location = (await worker.post(headers=ASYNC))[1]["Location"]
        assert ((await worker.post())[0], worker.active) == (503, 1)
        assert (await worker.get(location))[0] == 202
        assert ((await worker.post())[0], worker.active) == (503, 1)
        api.ready.set()
        assert (await worker.get(location, {"Prefer": "wait=10"}))[0] == 200
        assert (worker.active, (await worker.post())[0]) == (0, 200)


async def test_a_task_that_nobody_comes_for_gives_its_slot_back(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.slots.KEPT", 0.05)
    async with running(api, MAX_CONCURRENT="1") as worker:
        assert (await worker.post(headers=ASYNC))[0] == 202
        await worker.until(lambda: worker.active == 0)


async def test_healthy(worker: Running) -> None:
    expected = {"status": "healthy", "active_tasks": 0, "max_concurrent": 20, "load_pct": 0.0}
    assert (await worker.get("/health"))[::2] == (200, expected)
    assert (await worker.get("/ready"))[::2] == (200, "healthy\n")


async def test_a_refused_account_is_not_hammered_and_shows(worker: Running, api: FakeApi) -> None:
    await worker.until(lambda: worker.app.ctx.accountant._asked > 0)
    api.refusal = "ERROR_IP_NOT_ALLOWED"
    status, headers, body = await worker.post()
    assert (status, body["error"], headers["Task-Submitted"]) == (500, "ERROR_IP_NOT_ALLOWED", "no")
    status, headers, body = await worker.post()
    assert (status, body["error"], headers["Task-Submitted"]) == (503, "SOLVER_PAUSED", "no")
    assert (len(api.submissions), (await worker.get("/ready"))[::2]) == (1, (503, "paused\n"))
    assert (await worker.get("/health"))[2]["reason"] == "ERROR_IP_NOT_ALLOWED"
    assert "nearway_worker_account_paused 1.0" in (await worker.get("/metrics"))[2]


async def test_a_hand_over_outlives_its_client(worker: Running, api: FakeApi, caplog: pytest.LogCaptureFixture) -> None:
    api.takes.clear()
    leaving = asyncio.create_task(worker.post())
    await worker.until(lambda: len(api.submissions) == 1)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await asyncio.sleep(0.05)  # the slot must still be taken a while later
    assert worker.active == 1
    with caplog.at_level(logging.WARNING):
        api.takes.set()
        await worker.until(lambda: worker.active == 0)
    assert "nobody waits for task 701" in caplog.text
    assert (len(api.submissions), api.polls) == (1, 0)


async def test_a_task_not_yet_handed_over_goes_with_its_client(api: FakeApi) -> None:
    api.refusal = "ERROR_ZERO_BALANCE"
    async with running(api, API_SPEED="20") as worker:  # tried again every 0.4 s
        leaving = asyncio.create_task(worker.post())
        await worker.until(lambda: len(api.submissions) == 1)
        leaving.cancel()
        await worker.until(lambda: worker.active == 0)
        assert len(api.submissions) == 1


async def test_a_wait_ends_with_its_client(worker: Running, api: FakeApi) -> None:
    location = (await worker.post(headers=ASYNC))[1]["Location"]
    leaving = asyncio.create_task(worker.get(location, {"Prefer": "wait=60"}))
    await worker.until(lambda: api.polls > 0)
    leaving.cancel()
    await worker.until(lambda: worker.active == 0)


async def test_leaving(worker: Running, api: FakeApi) -> None:
    location = (await worker.post(headers=ASYNC))[1]["Location"]
    waiting = asyncio.create_task(worker.get(location, {"Prefer": "wait=60"}))
    resumable = asyncio.create_task(worker.post(headers={"Prefer": "respond-async, wait=60"}))
    held = asyncio.create_task(worker.post())
    await worker.until(lambda: worker.active == 3 and len(api.submissions) == 3)
    await worker.stop()
    assert [(await waiting)[0], (await resumable)[0]] == [202, 202]
    status, headers, body = await worker.post()
    assert (status, body["error"], headers["Task-Submitted"], headers["Connection"]) == (503, "WORKER_DRAINING", "no", "close")
    assert (await worker.get("/ready"))[::2] == (503, "draining\n")
    assert (await worker.get("/health"))[2]["status"] == "draining"
    assert (await worker.get(location, {"Prefer": "wait=60"}))[0] == 202
    assert not held.done()
    api.ready.set()
    assert (await held)[0] == 200
    assert len(api.submissions) == 3


async def test_leaving_refuses_what_is_not_handed_over_yet(api: FakeApi) -> None:
    api.refusal = "ERROR_ZERO_BALANCE"
    async with running(api, API_SPEED="1") as worker:
        held = asyncio.create_task(worker.post())
        await worker.until(lambda: len(api.submissions) == 1)
        await worker.stop()
        status, headers, body = await held
        assert (status, body["error"], headers["Task-Submitted"]) == (503, "WORKER_DRAINING", "no")


async def test_metrics_count_what_happened(worker: Running, api: FakeApi) -> None:
    api.ready.set()
    await worker.post()
    text = (await worker.get("/metrics"))[2]
    for line in (
        'nearway_worker_requests_total{path="/solve",status="200"} 1.0',
        'nearway_worker_submissions_total{method="turnstile",outcome="accepted"} 1.0',
        'nearway_worker_polls_total{outcome="solved"} 1.0',
        'nearway_worker_solve_seconds_count{method="turnstile"} 1.0',
        "nearway_worker_active_tasks 0.0",
        "nearway_worker_slots 20.0",
        "nearway_worker_account_threads 5.0",
        "nearway_worker_account_balance 7.5",
    ):
        assert line in text.splitlines()


async def test_no_secret_is_written_anywhere(worker: Running, api: FakeApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = {"proxy": "joe:s3cret@10.0.0.1:3128", "proxytype": "http", "cookies": "sid:c00kie"}
    api.ready.set()
    said = [str(await worker.get("/metrics"))]
    said.append(str(await worker.post({**TASK, **secret, "proxy": "joe:s3cret@nowhere"})))
    for api.refusal in ("ERROR_BAD_PROXY", "ERROR_NEW", "ERROR_KEY_DOES_NOT_EXIST", None):
        said.append(str(await worker.post({**TASK, **secret})))
    solved = await worker.post({**TASK, **secret}, ASYNC)
    said.extend([str(solved), caplog.text])
    for one in (KEY, "s3cret", "c00kie"):
        assert one not in "".join(said)
    assert "token-" not in caplog.text
