import asyncio
import logging
import os
import time
from pathlib import Path

import pytest

from renderer.tool.command import Command, parse_command
from renderer.tool.running import run


async def shell(line: str, seconds: float = 10) -> str | None:
    return await run(parse_command(line), seconds)


async def test_one_that_goes_well_is_no_trouble_and_what_it_says_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert await shell("echo out; echo err >&2") is None
    assert caplog.messages == ["echo out; echo err >&2: out", "echo out; echo err >&2: err"]


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("echo no luck; exit 3", "echo no luck; exit 3: status 3: no luck"),
        ("kill -9 $$", "kill -9 $$: ended by SIGKILL"),
        ("seq 9; false", "seq 9; false: status 1: 5 6 7 8 9"),
    ],
)
async def test_why_one_failed(line: str, trouble: str) -> None:
    assert await shell(line) == trouble


async def test_one_that_is_not_there() -> None:
    assert await run(Command(("/no/such/program",)), 10) == "/no/such/program can't be started: No such file or directory"


async def test_one_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    told = await shell(f"sleep 60 & echo $! > {tmp_path}/child; wait", 0.3)
    assert told is not None
    assert "it did not end in 0.3 s" in told
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not _lives(child):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it lives on")


def _lives(process: int) -> bool:
    """Whether it is there, and not only waits for somebody to hear of its end (proc(5), state Z)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_one_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renderer.tool.running.TO_END", 0.1)
    told = await shell("trap '' TERM; while :; do sleep 0.05; done", 0.2)
    assert told is not None
    assert "did not end" in told


async def test_what_it_leaves_running_holds_up_nothing_and_can_go_on_writing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    began = time.monotonic()
    assert await shell("(sleep 3; echo later; echo and later) & echo now") is None
    assert time.monotonic() - began < 2.5
    for _ in range(300):
        if len(caplog.messages) == 3:
            break
        await asyncio.sleep(0.05)
    assert [message.rpartition(": ")[2] for message in caplog.messages] == ["now", "later", "and later"]


async def test_a_line_without_end_is_logged_in_pieces(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert await shell("head -c 200000 /dev/zero | tr '\\0' x") is None
    assert sum(message.count("x") for message in caplog.messages) >= 200_000


async def test_no_file_is_left_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        await shell("echo x")
        await run(Command(("/no/such/program",)), 10)
    assert len(os.listdir("/proc/self/fd")) <= before + 1
