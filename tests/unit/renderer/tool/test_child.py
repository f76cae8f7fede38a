import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from renderer.tool.child import Child
from renderer.tool.config import Program


async def started(*words: str, **how: object) -> Child:
    child = Child(Program.model_validate({"command": list(words), **how}))
    child.start()
    return child


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- processes tell nobody
            await asyncio.sleep(0.01)


def _begun(child: Child, starts: int) -> bool:
    return child.starts >= starts


async def test_new_files_cut_the_pause_before_the_next_start_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renderer.supervision.pause", lambda failures: 30.0)
    child = await started("sh", "-c", f"test -e {tmp_path}/good || exit 3; exec sleep 60")
    for at in (1, 2):  # at once after its end, and in the midst of the pause
        await until(partial(_begun, child, at))
        assert "status 3" in str(await child.reload())
    (tmp_path / "good").touch()
    began = time.monotonic()
    assert await child.reload() is None
    assert time.monotonic() - began < 10
    await child.leave(asyncio.Event())
    assert (child.pid, child.killed) == (None, False)


async def test_one_that_does_not_leave_in_time_is_killed_with_its_children(tmp_path: Path) -> None:
    stubborn = f"trap '' TERM; touch {tmp_path}/ready; while :; do sleep 0.05; done"
    child = await started("sh", "-c", stubborn, kill_timeout="100ms")
    await until((tmp_path / "ready").exists)
    await asyncio.wait_for(child.leave(asyncio.Event()), 20)
    assert (child.pid, child.killed) == (None, True)


async def test_one_that_was_never_started_is_left_at_once() -> None:
    child = Child(Program.model_validate({"command": "true"}))
    await asyncio.wait_for(child.leave(asyncio.Event()), 1)
    assert child.starts == 0


async def test_one_that_is_just_starting_is_left_too() -> None:
    child = await started("sleep", "60")
    await asyncio.sleep(0)
    await asyncio.wait_for(child.leave(asyncio.Event()), 10)
    assert child.pid is None


async def test_one_that_is_not_there_is_told() -> None:
    child = await started("/no/such/program")
    await until(partial(_begun, child, 1))
    assert "it can't be started: No such file" in str(await child.reload())
    await child.leave(asyncio.Event())
