import asyncio
import logging
from typing import Any

import pytest

from discovery.consul import ConsulError
from discovery.instance import Health
from nearway.register.health import Answer, Seen, Silence
from nearway.register.reporting import Reporter


class Agent:
    """Takes reports, but for those of `refuses`, counted from 0."""

    def __init__(self, *refuses: int) -> None:
        self.reports: list[tuple[str, Health, str]] = []
        self._refuses = refuses

    async def report(self, name: str, state: Health, text: str) -> None:
        self.reports.append((name, state, text))
        if len(self.reports) - 1 in self._refuses:
            raise ConsulError("no such check")


def told(agent: Any, *seen: Seen) -> None:
    """A reporter that sees these, one after the other."""
    looks = iter(seen)

    async def look() -> Seen:
        return next(looks)

    async def run() -> None:
        reporter = Reporter(agent, "w", look, 1.0)
        for _ in seen:
            await reporter.once()

    asyncio.run(run())


def test_the_same_state_is_reported_again_in_the_same_words_whatever_the_body_says() -> None:
    agent = Agent()
    told(agent, *(Answer(503, b'{"status": "overloaded", "load": %d}' % load) for load in range(50)))
    assert len(agent.reports) == 50
    assert {state for _, state, _ in agent.reports} == {Health.WARNING}
    assert len({text for _, _, text in agent.reports}) == 1


def test_every_change_is_reported_at_once() -> None:
    agent = Agent()
    told(agent, Answer(200), Silence("refused"), Answer(429), Answer(200))
    assert [state for _, state, _ in agent.reports] == [Health.PASSING, Health.CRITICAL, Health.WARNING, Health.PASSING]


def test_a_report_in_vain_ends_nothing_and_trouble_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    agent = Agent(1, 2, 4)
    told(agent, *[Answer(200)] * 6)
    assert len(agent.reports) == 6
    assert [record.message for record in caplog.records] == ["not reported: no such check"] * 2


def test_late_answers_are_no_death_until_there_are_three_in_a_row() -> None:
    agent, late = Agent(), Silence("no answer in 2 s", slow=True)
    told(agent, Answer(200), late, late, Answer(429), late, late, late, late, Answer(200), Silence("refused"))
    passing, warning, critical = Health.PASSING, Health.WARNING, Health.CRITICAL
    states = [passing, passing, passing, warning, warning, warning, critical, critical, passing, critical]
    assert [state for _, state, _ in agent.reports] == states


def test_one_that_was_never_seen_well_is_not_taken_for_so() -> None:
    agent = Agent()
    told(agent, Silence("no answer in 2 s", slow=True))
    assert [state for _, state, _ in agent.reports] == [Health.CRITICAL]
