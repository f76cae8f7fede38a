"""The demo as a person meets it: started, interrupted, killed, and its story."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.layout import GATEWAY, Program, Tools, programs
from tests.integration.consul_lab import eventually
from tests.system.whole import free_shift


def _programs(shift: int) -> tuple[Program, ...]:
    return programs(Tools("", ""), Path(), Path(), shift=shift)


SHIFT = free_shift(_programs)
PORTS = [port for one in _programs(SHIFT) for port in one.ports]

pytestmark = pytest.mark.timeout(180)


_started: list[Process] = []


async def start(run: Path, *arguments: str) -> Process:
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo", "--shift", str(SHIFT), "--run", str(run), *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    _started.append(demo)
    return demo


async def read_until(demo: Process, word: str) -> str:
    """Everything it prints, up to a line with the word; fails when it ends before."""
    assert demo.stdout is not None
    lines = []
    async with asyncio.timeout(60):
        while line := (await demo.stdout.readline()).decode():
            lines.append(line)
            if word in line:
                return "".join(lines)
    pytest.fail(f"the demo ended before it said {word!r}:\n{''.join(lines)}")


def left_behind(run: Path) -> list[str]:
    """The command lines of processes that were started in this run, our own aside."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            environ, command = entry.read_bytes(), entry.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(run) in environ + command and int(entry.parent.name) != os.getpid():
            found.append(command.replace(b"\0", b" ").decode())
    return found


def ports_taken() -> list[int]:
    taken = []
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                taken.append(port)
    return taken


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Path]:
    yield tmp_path / "run"
    while _started:  # one that a failed test left running would be in the way of all after it
        demo = _started.pop()
        if demo.returncode is None:
            demo.kill()
            await demo.wait()
    await eventually(lambda: left_behind(tmp_path / "run") == [], "every process of the demo to be gone")


async def test_the_story_holds_and_leaves_nothing_behind(run: Path) -> None:
    demo = await start(run, "--story")
    told, _ = await demo.communicate()
    assert demo.returncode == 0, told.decode()
    assert "BROKEN" not in told.decode()
    assert "the API counted 60 submissions of 60 tasks" in told.decode()
    assert (left_behind(run), ports_taken()) == ([], [])


async def test_ctrl_c_leaves_no_process_and_no_port_behind(run: Path) -> None:
    demo = await start(run)
    told = await read_until(demo, "What happens")
    assert told.count("up after") == 14 + 1
    assert f"curl -i http://127.0.0.1:{GATEWAY + SHIFT}/solve" in told
    demo.send_signal(signal.SIGINT)
    assert await demo.wait() == 0
    assert (left_behind(run), ports_taken()) == ([], [])


async def test_after_sigkill_a_second_start_works_and_leaves_nothing_behind(run: Path) -> None:
    demo = await start(run)
    await read_until(demo, "What happens")
    demo.kill()
    await demo.wait()
    again = await start(run)
    await read_until(again, "What happens")
    again.send_signal(signal.SIGINT)
    assert await again.wait() == 0
    assert (left_behind(run), ports_taken()) == ([], [])


async def test_interrupted_while_starting_it_leaves_nothing_behind(run: Path) -> None:
    demo = await start(run)
    await read_until(demo, "Starting")
    demo.send_signal(signal.SIGINT)
    await demo.wait()
    assert (left_behind(run), ports_taken()) == ([], [])


async def test_a_port_in_use_is_named_with_what_to_do_and_nothing_is_started(run: Path) -> None:
    with socket.create_server(("127.0.0.1", 8081 + SHIFT)):
        demo = await start(run)
        told, _ = await demo.communicate()
    assert demo.returncode == 2
    assert f"port {8081 + SHIFT} is in use, and region-us-east needs it" in told.decode()
    assert "--shift" in told.decode()
