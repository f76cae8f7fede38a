import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from discovery import registration
from discovery.consul import ConsulError, Held
from discovery.keeper import LOOK, Keeper

WANTED = registration.worker("us-east", "10.0.0.1", 9101, slots=20, version="0.1.0")
RIGHT: Mapping[str, object] = {
    "Service": WANTED.name,
    "Address": WANTED.address,
    "Port": WANTED.port,
    "Tags": list(WANTED.tags),
    "Meta": dict(WANTED.meta),
}


class Agent:
    """Answers with one thing after the other, and notes what it was asked."""

    def __init__(self, *answers: Held | ConsulError | None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def registered(self, _: str, seen: str | None = None) -> Held | None:
        self.asked.append(f"seen {seen}")
        answer = self.answers.pop(0)
        if isinstance(answer, ConsulError):
            raise answer
        return answer

    async def register(self, _: object) -> None:
        self.asked.append("register")


async def kept(agent: Any, pauses: list[float]) -> None:
    """A keeper, for as long as the agent has answers."""

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if not agent.answers:
            await asyncio.Event().wait()

    keeper = Keeper(agent, WANTED, sleep=sleep)
    keeper.start()
    assert keeper._task is not None
    while agent.answers:  # noqa: ASYNC110 -- it gives way until the keeper has had its turn
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    keeper._task.cancel()


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ((None,), ["seen None", "register"]),
        ((Held(RIGHT, "d1"), Held(RIGHT, "d1")), ["seen None", "seen d1"]),
        ((Held(RIGHT, "d1"), None, Held(RIGHT, "d1")), ["seen None", "seen d1", "register", "seen None"]),
        ((Held({**RIGHT, "Port": 1}, "d2"), Held(RIGHT, "d1")), ["seen None", "register", "seen None"]),
        ((Held(RIGHT, "d1"), ConsulError("away"), Held(RIGHT, "d1")), ["seen None", "seen d1", "seen None"]),
    ],
)
async def test_the_agent_is_asked_to_tell_of_changes_and_told_whenever_it_does_not_hold_what_it_should(
    answers: tuple[Held | ConsulError | None, ...], asked: list[str]
) -> None:
    agent, pauses = Agent(*answers), list[float]()
    await kept(agent, pauses)
    assert agent.asked == asked
    assert pauses == [LOOK] * len(answers)


async def test_a_consul_that_stays_away_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    await kept(Agent(ConsulError("away"), ConsulError("away"), Held(RIGHT, "d1"), ConsulError("away")), [])
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == ["not registered: away"] * 2
