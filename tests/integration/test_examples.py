"""The workers of examples/ keep the worker contract at the level they claim, full too, and pay for no task twice."""

import asyncio
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.examples_lab import HOME, NAMES, command, environ
from tests.integration.consul_lab import eventually
from tests.ports import free_ports

pytestmark = pytest.mark.timeout(180)

MAY_LACK = {"plain": {"no-method"}}
"""What is said to be `no` by which."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    run = [sys.executable, "-m", "demo.api", "--port", "0"]
    program = subprocess.Popen(run, cwd=HOME, env=dict(environ("", 0, 0)), stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        yield program.stdout.readline().split()[-1]
    finally:
        program.kill()
        program.communicate()


def task(label: str, seconds: float) -> dict[str, str]:
    return {"method": "turnstile", "sitekey": "0x4AAA", "pageurl": f"https://example.com/?task={label}&seconds={seconds}"}


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # our own
        return json.load(answer)


def started(name: str, api: str, folder: Path, slots: int = 2) -> tuple[subprocess.Popen[bytes], str]:
    (port,) = free_ports(1)
    program = subprocess.Popen(command(name, folder), env=dict(environ(api, port, slots)), stderr=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with suppress(OSError):
            get(f"http://127.0.0.1:{port}/health")
            return program, f"http://127.0.0.1:{port}"
        time.sleep(0.05)
    program.kill()
    raise AssertionError(f"the {name} worker does not answer")


@pytest.mark.parametrize("name", NAMES)
def test_it_reaches_the_basic_level_and_counts_its_slots(name: str, api: str, folder: Path) -> None:
    program, url = started(name, api, folder, slots=1)
    try:
        check = [sys.executable, "-m", "nearway", "check-worker", url, "--json", "--task", json.dumps(task(name, 1.5))]
        ended = subprocess.run(check, cwd=HOME, capture_output=True, text=True, timeout=60, check=False)
        *rules, last = json.loads(ended.stdout)
        marks = {row["rule"]: row["mark"] for row in rules if row["level"] == "basic"}
        assert (ended.returncode, last["reached"], last["tasks"]) == (0, "basic", 1), ended.stdout
        assert marks["slots-counted"] == marks["task-submitted"] == "ok", ended.stdout
        assert {rule for rule, mark in marks.items() if mark in ("BAD", "no")} <= MAY_LACK.get(name, set()), ended.stdout
        assert get(f"{api}/witness")["submissions"][name] == 1
    finally:
        program.kill()
        program.wait()


@pytest.mark.parametrize("name", NAMES)
async def test_a_task_beyond_its_slots_is_refused_as_not_begun_and_its_health_says_so(name: str, api: str, folder: Path) -> None:
    program, url = await asyncio.to_thread(started, name, api, folder, 1)
    try:
        label = f"{name}-full"

        def post() -> tuple[int, str | None]:
            body = json.dumps(task(label, 2)).encode()
            asked = urllib.request.Request(f"{url}/solve", body, {"Content-Type": "application/json"})  # noqa: S310
            try:
                with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310  # our own
                    return answer.status, answer.headers["Task-Submitted"]
            except urllib.error.HTTPError as error:
                return error.code, error.headers["Task-Submitted"]

        def health() -> tuple[int, str]:
            try:
                return 200, get(f"{url}/health")["status"]
            except urllib.error.HTTPError as error:
                return error.code, json.load(error)["status"]

        held = asyncio.create_task(asyncio.to_thread(post))

        async def full() -> bool:
            return await asyncio.to_thread(health) == (503, "overloaded")

        await eventually(full, "a full worker")
        assert await asyncio.to_thread(post) == (503, "no")
        assert await held == (200, "yes")
        assert await asyncio.to_thread(health) == (200, "healthy")
        assert get(f"{api}/witness")["submissions"][label] == 1
    finally:
        program.kill()
        program.wait()


@pytest.mark.parametrize("name", ["flask", "express"])
async def test_told_to_end_it_answers_what_it_holds(name: str, api: str, folder: Path) -> None:
    program, url = await asyncio.to_thread(started, name, api, folder, 2)
    try:
        body = json.dumps(task(f"{name}-end", 1.5)).encode()

        def post() -> int:
            asked = urllib.request.Request(f"{url}/solve", body, {"Content-Type": "application/json"})  # noqa: S310
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310  # our own
                return int(answer.status)

        held = asyncio.create_task(asyncio.to_thread(post))

        async def holds() -> bool:
            return bool((await asyncio.to_thread(get, f"{url}/health"))["active_tasks"])

        await eventually(holds, "a task that is held")
        program.send_signal(signal.SIGTERM)
        assert await held == 200
        assert await asyncio.to_thread(program.wait, 10) == 0
    finally:
        program.kill()
        program.wait()
