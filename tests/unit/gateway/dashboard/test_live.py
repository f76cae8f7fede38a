"""Time passes only when a test lets it."""

import asyncio
import json
from typing import Any

import pytest

from contract.problem import ProblemError
from gateway.dashboard import live
from gateway.dashboard.live import HISTORY, INTERVAL, RATE, Live
from gateway.dashboard.mailbox import ClosedError, Mailbox, TooSlowError
from gateway.dashboard.patch import merged


class World:
    """A picture that changes when the test says so, and a sleep that ends when it does."""

    def __init__(self) -> None:
        self.picture: dict[str, Any] = {"at": 0, "regions": {"us": {"in_flight": 0}}}
        self.looks, self.slept = 0, list[float]()
        self._turn = asyncio.Event()
        self.live = Live(self.look, "run", sleep=self.sleep)

    def look(self) -> dict[str, Any]:
        self.looks += 1
        self.picture = {**self.picture, "at": self.looks}
        return self.picture

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self._turn.wait()
        self._turn.clear()

    async def tick(self) -> None:
        before = len(self.slept)
        self._turn.set()
        while len(self.slept) == before:  # noqa: ASYNC110  (what it does next is its own affair)
            await asyncio.sleep(0)


@pytest.fixture
async def world() -> Any:
    made = World()
    keeping = asyncio.create_task(made.live.keep())
    while not made.slept:  # noqa: ASYNC110
        await asyncio.sleep(0)
    yield made
    keeping.cancel()


def events(said: bytes) -> list[tuple[str, str, Any]]:
    found = []
    for block in said.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        if "event" in fields:
            found.append((fields["event"], fields["id"], json.loads(fields["data"])))
    return found


async def test_who_comes_gets_the_picture_and_then_what_changes(world: World) -> None:
    with world.live.watching() as box:
        ((kind, number, whole),) = events(await box.take())
        assert (kind, number, whole) == ("picture", "run-1", {"at": 1, "regions": {"us": {"in_flight": 0}}})
        world.picture = {**world.picture, "regions": {"us": {"in_flight": 3}}}
        await world.tick()
        ((kind, number, change),) = events(await box.take())
        assert (kind, number, change) == ("change", "run-2", {"at": 2, "regions": {"us": {"in_flight": 3}}})
        assert merged(whole, change) == world.picture


async def test_all_who_watch_share_one_look_and_nobody_watching_costs_none(world: World) -> None:
    await world.tick()
    assert world.looks == 0
    with world.live.watching() as one, world.live.watching() as other:
        assert world.looks == 1
        await one.take(), await other.take()
        await world.tick()
        assert world.looks == 2
        assert await one.take() == await other.take()
    await world.tick()
    assert world.looks == 2


async def test_who_comes_back_soon_gets_only_what_it_missed(world: World) -> None:
    with world.live.watching() as box:
        await world.tick()
        await world.tick()
        had = events(await box.take())
        assert [number for _, number, _ in had] == ["run-1", "run-2", "run-3"]
        with world.live.watching("run-2") as again:
            assert [(kind, number) for kind, number, _ in events(await again.take())] == [("change", "run-3")]
        with world.live.watching("run-3") as again:
            assert events(await again.take()) == []
        for last in ("run-99", "other-3", "run-x"):
            with world.live.watching(last) as again:
                assert [kind for kind, _, _ in events(await again.take())] == ["picture"]


async def test_who_comes_back_late_gets_the_picture(world: World) -> None:
    with world.live.watching():
        for _ in range(HISTORY + 1):
            await world.tick()
        with world.live.watching("run-1") as again:
            assert [kind for kind, _, _ in events(await again.take())] == ["picture"]


async def test_after_much_was_sent_the_next_change_waits(world: World) -> None:
    with world.live.watching():
        assert world.slept[-1] == INTERVAL
        world.picture = {**world.picture, "left_out": {"x": "y" * 3 * RATE}}
        await world.tick()
        assert 3.0 < world.slept[-1] < 3.1
        await world.tick()
        assert world.slept[-1] == INTERVAL


async def test_so_many_may_watch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_WATCHERS", 1)
    with world.live.watching():
        with pytest.raises(ProblemError) as caught, world.live.watching():
            pass
        assert (caught.value.problem.status, caught.value.problem.retry_after) == (503, 5)
    with world.live.watching():
        pass


async def test_when_the_gateway_leaves_all_are_let_go_and_nobody_is_let_in(world: World) -> None:
    with world.live.watching() as box:
        world.live.close()
        await box.take()
        with pytest.raises(ClosedError):
            await box.take()
    with pytest.raises(ProblemError), world.live.watching():
        pass


async def test_who_does_not_read_is_cut_off_and_keeps_no_more_than_so_much(world: World) -> None:
    box = Mailbox(most=10)
    box.put(b"12345")
    assert await box.take() == b"12345"
    box.put(b"12345")
    box.put(b"123456")
    box.put(b"123456")
    with pytest.raises(TooSlowError):
        await box.take()
    assert sum(map(len, box._waiting)) <= 10
