"""`nearway check-worker` against our own worker, against workers that break one rule each, and against one that says less."""

import asyncio
import itertools
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from contract.problem import Problem, problem
from nearway.check_worker.asking import Plan, examine
from nearway.check_worker.rules import Line, judged, reached
from nearway.check_worker.seen import Seen
from nearway.check_worker.verdict import Level, Mark
from tests.ports import free_ports

HOME = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdef0123456789abcdef"
TASK = {"method": "turnstile", "sitekey": "k", "pageurl": "https://example.com/"}
HELD = 0.3


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "nearway", "check-worker", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), cwd=HOME, capture_output=True, text=True, timeout=50, check=False)


async def run_beside(*arguments: str) -> tuple[int | None, str, str]:
    """As `run`, while servers of this process answer."""
    pipe = asyncio.subprocess.PIPE
    program = await asyncio.create_subprocess_exec(*command(*arguments), cwd=HOME, stdout=pipe, stderr=pipe)
    out, errors = await program.communicate()
    return program.returncode, out.decode(), errors.decode()


# Our own worker.


class System:
    """A simulated API and two workers of one account."""

    def __init__(self, api: str, workers: list[str]) -> None:
        self.api, self.workers = api, workers

    def task(self, label: str) -> str:
        page = f"https://example.com/?task={label}&seconds=2"
        return json.dumps({"method": "userrecaptcha", "sitekey": "6Le-wvkSAAAAAPBM", "pageurl": page})

    def submissions(self, label: str) -> int:
        with urllib.request.urlopen(f"{self.api}/witness", timeout=10) as answer:  # noqa: S310  # our own
            return int(json.load(answer)["submissions"].get(label, 0))


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    programs = []

    def start(*arguments: str, **environ: str) -> subprocess.Popen[str]:
        clean = {"PATH": os.environ["PATH"], "CAPTCHAAI_API_KEY": KEY, **environ}
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        programs.append(subprocess.Popen([sys.executable, "-m", *arguments], cwd=HOME, env=clean, text=True, **pipes))
        return programs[-1]

    try:
        said = start("demo.api", "--port", "0").stdout
        assert said is not None
        api = said.readline().split()[-1]
        ports = free_ports(2)
        common = {"REGION": "us-east", "CAPTCHAAI_URL": api, "CONSUL_REGISTER": "false", "MAX_CONCURRENT": "2", "API_SPEED": "20"}
        for port in ports:
            start("worker", PORT=str(port), **common)
        yield System(api, [answering(f"http://127.0.0.1:{port}") for port in ports])
    finally:
        for program in programs:
            program.kill()
            program.communicate()


def answering(url: str) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=5):  # noqa: S310  # our own
            return url
    raise AssertionError(f"nobody answers at {url}")


def test_our_own_worker_is_resumable_for_two_tasks_and_the_page_shows_just_that(system: System) -> None:
    ended = run(system.workers[0], "--level", "resumable", "--other", system.workers[1], "--task", system.task("page"))
    assert (ended.returncode, ended.stderr) == (0, "")
    example = re.search(r"```\n(ok .*?)```", (HOME / "docs" / "check-worker.md").read_text(), re.DOTALL)
    assert example is not None
    assert ended.stdout == example[1]
    assert system.submissions("page") == 2


def test_our_own_worker_keeps_every_rule_when_it_is_full(system: System) -> None:
    arguments = ["--fill", "2", "--other", system.workers[1], "--json", "--task", system.task("full")]
    ended = run(system.workers[0], *arguments)
    *rules, last = json.loads(ended.stdout)
    assert [row for row in rules if row["mark"] != "ok"] == []
    assert (ended.returncode, last["reached"], last["tasks"]) == (0, "resumable", 3)
    assert system.submissions("full") == 3


# Workers that break one rule each.


class StandIn:
    """A small worker that is resumable, but for its fault: what becomes of an answer of its own of one kind."""

    def __init__(self, slots: int = 20, looked_at: int = 1) -> None:
        """A task is held until somebody looked while `looked_at` were."""
        self.slots, self.active, self.tasks, self.numbers = slots, 0, 0, itertools.count()
        self.looked_at, self.looked = looked_at, asyncio.Event()
        self.solved_at: dict[str, float] = {}

    async def answer(self, request: web.Request) -> tuple[str, web.Response]:
        path = request.path
        if path == "/health":
            members = {"active_tasks": self.active, "max_concurrent": self.slots, "load_pct": 100 * self.active / self.slots}
            return "health", web.json_response({"status": "healthy", **members})
        if path == "/ready":
            if self.active >= self.looked_at:
                self.looked.set()
            return "ready", web.Response(text="healthy\n")
        if path == "/solve":
            return await self.solve(request)
        if path.startswith("/tasks/"):
            return "wait", await self.wait(path.removeprefix("/tasks/"), request)
        return "path", told(problem("NOT_FOUND", "nothing here"))

    async def solve(self, request: web.Request) -> tuple[str, web.Response]:
        try:
            task = await request.json()
        except ValueError:
            return "wrong", told(problem("BAD_REQUEST", "no JSON"))
        if not {"sitekey", "pageurl"} <= set(task):
            return "wrong", told(problem("BAD_REQUEST", "fields are missing"))
        if self.active >= self.slots:
            return "full", told(problem("WORKER_AT_CAPACITY", "full", retry_after=1))
        self.tasks += 1
        name = str(self.tasks)
        self.solved_at[name] = time.monotonic() + HELD
        if "respond-async" in request.headers.get("Prefer", ""):
            return "accepted", web.json_response({}, status=202, headers={"Location": f"/tasks/{name}?a=1", **PAID})
        self.active += 1
        await held(self.looked)
        self.active -= 1
        return "solved", solution(name)

    async def wait(self, name: str, request: web.Request) -> web.Response:
        wanted = float(request.headers["Prefer"].removeprefix("wait="))
        left = self.solved_at[name] - time.monotonic()
        await asyncio.sleep(max(0, min(wanted, left)))
        return solution(name) if wanted >= left else web.json_response({}, status=202, headers=PAID)


async def held(looked: asyncio.Event) -> None:
    """Until it was looked, and the look has come to its end."""
    with suppress(TimeoutError):
        await asyncio.wait_for(looked.wait(), 5)
    await asyncio.sleep(HELD)


PAID = {"Task-Submitted": "yes"}
Fault = Callable[[StandIn, web.Request, web.Response], Awaitable[web.Response]]


def told(answer: Problem) -> web.Response:
    return web.Response(body=answer.body(), status=answer.status, headers=answer.header_fields())


def solution(name: str) -> web.Response:
    return web.json_response({"solution": f"solution of {name}", "captcha_id": name}, headers=PAID)


def instead(status: int = 200, text: str = "", media_type: str = "text/html", **headers: str) -> Fault:
    """The fault to answer something else."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def fault(stand_in: StandIn, request: web.Request, answer: web.Response) -> web.Response:
        return web.Response(status=status, text=text, content_type=media_type, headers=named)

    return fault


async def late(stand_in: StandIn, request: web.Request, answer: web.Response) -> web.Response:
    await asyncio.sleep(1.2)
    return answer


async def never(stand_in: StandIn, request: web.Request, answer: web.Response) -> web.Response:
    await asyncio.sleep(60)
    return answer


async def close(stand_in: StandIn, request: web.Request, answer: web.Response) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return answer


async def changing(stand_in: StandIn, request: web.Request, answer: web.Response) -> web.Response:
    return web.Response(text=f"healthy, {next(stand_in.numbers)}")


async def another_solution(stand_in: StandIn, request: web.Request, answer: web.Response) -> web.Response:
    return solution(str(next(stand_in.numbers))) if answer.status == 200 else answer


async def forgetting(stand_in: StandIn, request: web.Request, answer: web.Response) -> web.Response:
    answered = next(stand_in.numbers) > 1 and answer.status == 200
    return told(problem("NOT_FOUND", "gone")) if answered else answer


async def refusing_waits(stand_in: StandIn, request: web.Request, answer: web.Response) -> web.Response:
    full = stand_in.active >= stand_in.slots
    return told(problem("WORKER_AT_CAPACITY", "full", retry_after=1)) if full else answer


async def taking_more(stand_in: StandIn, request: web.Request, answer: web.Response) -> web.Response:
    return web.json_response({}, status=202, headers={"Location": "/tasks/1", **PAID})


@asynccontextmanager
async def serving(stand_in: StandIn, kind: str = "", fault: Fault | None = None) -> AsyncIterator[str]:
    async def handle(request: web.Request) -> web.Response:
        got, answer = await stand_in.answer(request)
        return await fault(stand_in, request, answer) if fault is not None and got == kind else answer

    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


async def check(stand_in: StandIn, kind: str = "", fault: Fault | None = None, fill: int = 0) -> tuple[Seen, tuple[Line, ...]]:
    async with serving(stand_in, kind, fault) as url:
        seen = await examine(Plan(url, TASK, timeout=3, fill=fill))
    return seen, judged(seen)


def marked(lines: tuple[Line, ...], mark: Mark) -> dict[str, str]:
    return {line.rule.name: line.verdict.text for line in lines if line.verdict.mark is mark}


HTML = "<html>"
BROKEN: dict[str, tuple[str, Fault, str, str, Level | None]] = {
    "502 to a task": ("accepted", instead(502, HTML), "proxy-statuses", "502", None),
    "504 to a task": ("solved", instead(504, HTML), "proxy-statuses", "504", None),
    "502 to a wait": ("wait", instead(502, HTML), "wait", "502", Level.BASIC),
    "503 without Task-Submitted": ("accepted", instead(503, "{}", "application/json", Retry_After="1"), "busy", "missing", None),
    "503 that may have begun": ("accepted", instead(503, HTML, Task_Submitted="unknown"), "busy", "unknown", None),
    "503 without Retry-After": ("accepted", instead(503, "{}", Task_Submitted="no"), "busy", "Retry-After: missing", None),
    "an HTML error to a task": ("solved", instead(500, HTML), "solve", "500 text/html", None),
    "a plain answer to a task": ("solved", instead(200, "token"), "solve", "200 text/html", None),
    "202 without being asked": (
        "solved",
        instead(202, "{}", "application/json", **{"Task_Submitted": "yes"}),
        "solve",
        "202",
        None,
    ),
    "a solution said to be unpaid": (
        "solved",
        instead(200, '{"solution": "s"}', "application/json", Task_Submitted="no"),
        "task-submitted",
        "Task-Submitted: no",
        None,
    ),
    "a word that is none for the money": (
        "solved",
        instead(200, '{"solution": "s"}', "application/json", Task_Submitted="maybe"),
        "task-submitted",
        "maybe",
        None,
    ),
    "never an answer to a task": ("solved", never, "solve", "no answer in 3", None),
    "a closed connection": ("accepted", close, "solve", "closed", None),
    "a ready that changes": ("ready", changing, "ready", "changing body", Level.BASIC),
    "a ready of another status": ("ready", instead(500), "ready", "500", Level.BASIC),
    "a late ready": ("ready", late, "ready", "answered after 1.", Level.BASIC),
    "no JSON in health": ("health", instead(200, "OK", "text/plain"), "health", "200 text/plain", None),
    "a health that lacks members": (
        "health",
        instead(200, '{"status": "ok"}', "application/json"),
        "health",
        "active_tasks",
        None,
    ),
    "a late health": ("health", late, "health", "answered after 1.", None),
    "held tasks not counted": (
        "health",
        instead(200, '{"status": "healthy", "active_tasks": 0, "max_concurrent": 20, "load_pct": 0.0}', "application/json"),
        "slots-counted",
        "0 while a task is held",
        None,
    ),
    "every path there": ("path", instead(200), "unknown-path", "200", None),
    "202 without Location": ("accepted", instead(202, "{}", Task_Submitted="yes"), "respond-async", "missing", Level.BASIC),
    "a location elsewhere": (
        "accepted",
        instead(202, "{}", Task_Submitted="yes", Location="http://elsewhere.invalid/tasks/1"),
        "respond-async",
        "elsewhere",
        Level.BASIC,
    ),
    "a wait that closes": ("wait", close, "wait", "closed", Level.BASIC),
    "a task forgotten once told": ("wait", forgetting, "wait-repeated", "404", Level.BASIC),
    "another solution each time": ("wait", another_solution, "wait-repeated", "another solution", Level.BASIC),
}
ALSO = {"502 to a wait": {"proxy-statuses"}}
"""What breaks a second rule by its nature."""


@pytest.mark.parametrize("name", BROKEN)
async def test_a_worker_that_breaks_one_rule_gets_that_line(name: str) -> None:
    kind, fault, rule, text, level = BROKEN[name]
    _, lines = await check(StandIn(), kind, fault)
    found = marked(lines, Mark.BAD)
    assert set(found) - ALSO.get(name, set()) == {rule}
    assert text in found[rule]
    assert "; must be " in found[rule]
    assert reached(lines) is (None if name in ALSO else level)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (instead(400, HTML, Task_Submitted="no"), "400 text/html"),
        (instead(200, "{}", "application/json"), "200 application/json"),
        (instead(500, '{"error": "oops"}', "application/json"), "500 application/json with error oops"),
        (instead(400, '{"error": "oops"}', "application/json", Task_Submitted="yes"), "Task-Submitted: yes"),
        (close, "closed"),
    ],
    ids=["HTML", "taken", "a fault of its own", "said to be paid", "a closed connection"],
)
async def test_a_wrong_body_that_is_not_refused_properly_is_told_for_each(fault: Fault, text: str) -> None:
    _, lines = await check(StandIn(), "wrong", fault)
    found = marked(lines, Mark.BAD)
    assert set(found) == {"no-json", "no-fields", "no-method", "too-large"}
    assert all(text in told for told in found.values())


@pytest.mark.parametrize(
    ("kind", "fault", "rule"),
    [
        ("full", taking_more, "capacity"),
        ("full", instead(503, "{}", "application/json", Retry_After="1"), "busy"),
        ("wait", refusing_waits, "wait-at-capacity"),
    ],
    ids=["takes more than it has slots", "refuses without a word for the money", "refuses waits"],
)
async def test_a_full_worker_that_breaks_a_rule_is_told(kind: str, fault: Fault, rule: str) -> None:
    _, lines = await check(StandIn(slots=2, looked_at=2), kind, fault, fill=2)
    assert set(marked(lines, Mark.BAD)) == {rule}


async def test_a_worker_that_breaks_none_costs_two_tasks_and_has_no_bad_line() -> None:
    stand_in = StandIn()
    seen, lines = await check(stand_in)
    assert marked(lines, Mark.BAD) == marked(lines, Mark.NO) == {}
    assert set(marked(lines, Mark.SKIP)) == {"busy", "capacity", "wait-elsewhere", "wait-at-capacity"}
    assert (reached(lines), seen.spent, stand_in.tasks) == (Level.RESUMABLE, 2, 2)


async def test_more_slots_than_may_be_filled_are_not_filled() -> None:
    stand_in = StandIn(slots=3)
    _, lines = await check(stand_in, fill=2)
    assert stand_in.tasks == 2
    assert "capacity" in marked(lines, Mark.SKIP)


async def test_a_worker_that_refuses_the_first_task_is_sent_no_second() -> None:
    stand_in = StandIn()
    seen, _ = await check(stand_in, "accepted", instead(500, '{"error": "ERROR_X"}', "application/json", Task_Submitted="yes"))
    assert (stand_in.tasks, seen.spent) == (1, 1)


# A worker that says less: what a page of Flask makes of it.


class Plain:
    """Solves, and has `/health`; knows neither `Prefer` nor `Task-Submitted`, and other pages are HTML."""

    def __init__(self) -> None:
        self.active = self.tasks = 0
        self.looked = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        if request.path == "/health":
            members = {"active_tasks": self.active, "max_concurrent": 20, "load_pct": 5.0 * self.active}
            return web.json_response({"status": "healthy", **members})
        if request.path == "/ready" and self.active:
            self.looked.set()
        if request.path != "/solve":
            return web.Response(status=404, text="<html>Not Found", content_type="text/html")
        try:
            task = await request.json()
            page = task["pageurl"]
        except (ValueError, KeyError):
            return web.json_response({"error": "MISSING_FIELDS"}, status=400)
        self.tasks += 1
        self.active += 1
        await held(self.looked)
        self.active -= 1
        return web.json_response({"solution": f"solution for {page}"})


@pytest.mark.parametrize(("level", "status"), [("basic", 0), ("resumable", 1)])
async def test_a_worker_that_says_less_is_basic_and_not_wrong(level: str, status: int) -> None:
    plain = Plain()
    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", plain.handle)
    async with TestServer(app) as server:
        url = str(server.make_url("/")).rstrip("/")
        ended, out, errors = await run_beside(url, "--level", level, "--task", json.dumps(TASK))
    assert (ended, errors) == (status, "")
    assert out.endswith("level reached: basic; tasks submitted: 1\n")
    assert "BAD" not in out
    unsupported = [line for line in out.splitlines() if line.startswith("no   does not support: ")]
    assert len(unsupported) == 7  # Prefer, /ready, Task-Submitted, and problem documents for four wrong bodies
    assert plain.tasks == 1


# Wrong use.


def test_nobody_there_is_wrong_use_and_says_what_to_do() -> None:
    (port,) = free_ports(1)
    ended = run(f"http://127.0.0.1:{port}")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"nobody answers at http://127.0.0.1:{port} (Connection refused): start the worker" in ended.stderr


async def test_no_task_is_spent_when_the_other_worker_is_not_there() -> None:
    (port,) = free_ports(1)
    stand_in = StandIn()
    async with serving(stand_in) as url:
        ended, _, errors = await run_beside(url, "--other", f"http://127.0.0.1:{port}")
    assert (ended, stand_in.tasks) == (2, 0)
    assert f"nobody answers at http://127.0.0.1:{port}" in errors


async def test_a_bad_worker_ends_with_1() -> None:
    async with serving(StandIn(), "health", instead(200, "OK")) as url:
        ended, out, errors = await run_beside(url)
    assert (ended, errors) == (1, "")
    assert out.startswith("BAD  GET /health: 200 text/html; must be 200 or 503 with a JSON object of status, ")
    assert out.endswith("level reached: none; tasks submitted: 2\n")
