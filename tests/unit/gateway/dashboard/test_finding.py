"""Tasks from memory and from a ledger that is not one."""

import json
from collections.abc import Sequence
from typing import Any, cast

import pytest

from contract.submitted import Submitted
from gateway.dashboard.books import Books, UnreadableError
from gateway.dashboard.ended import Ended, LastEnded, Wanted
from gateway.dashboard.finding import FRESH, MOST, MOST_KEPT, STILL, Finder
from gateway.dashboard.money import EVERY, SHARE, Money
from gateway.dashboard.seen import Seen
from tests.clock import Clock


def ended(name: str, at: float) -> Ended:
    return Ended(name, "acme", "us", "solved", Submitted.YES, at, 1.0, 0.0, ("us: tried",))


class Ledger:
    """Says what it is told to, and counts how often it is asked."""

    are_kept = True

    def __init__(self, *tasks: Ended) -> None:
        self.rows: Sequence[Ended] | str = tasks
        self.asked = 0
        self.clock = Clock(100.0)

    async def tasks(self, wanted: Wanted, most: int) -> list[Ended]:
        self.asked += 1
        if isinstance(self.rows, str):
            raise UnreadableError(self.rows)
        return list(self.rows)

    async def spent_today(self) -> dict[str, int]:
        self.asked += 1
        self.clock.now += 2
        if isinstance(self.rows, str):
            raise UnreadableError(self.rows)
        return {"submitted": 7, "solved": 5, "failed": 1, "unknown": 1}


def finder(ledger: Any, *here: Ended) -> Finder:
    kept = LastEnded()
    for one in here:
        kept.add(one)
    return Finder(kept, cast(Books, ledger), ledger.clock)


async def test_where_memory_has_enough_the_ledger_is_left_alone() -> None:
    ledger = Ledger()
    found = await finder(ledger, *(ended(f"{number}", float(number)) for number in range(MOST + 5))).find(Wanted())
    assert (len(found.tasks), found.tasks[0].id, ledger.asked) == (MOST, str(MOST + 4), 0)


async def test_else_the_ledgers_are_added_each_task_once_the_newest_first() -> None:
    ledger = Ledger(ended("old", 1.0), ended("both", 5.0))
    found = await finder(ledger, ended("both", 5.0), ended("new", 9.0)).find(Wanted(tenant="acme"))
    assert [one.id for one in found.tasks] == ["new", "both", "old"]
    assert found.source == "at this gateway and in its ledger"


async def test_a_ledger_that_cannot_be_read_is_told_of_and_hides_nothing() -> None:
    ledger = Ledger()
    ledger.rows = "its disk fails"
    found = await finder(ledger, ended("new", 9.0)).find(Wanted())
    assert ([one.id for one in found.tasks], "its disk fails" in found.source) == (["new"], True)


async def test_many_pages_are_one_question() -> None:
    ledger = Ledger(ended("old", 1.0))
    made = finder(ledger, ended("new", 9.0))
    first = await made.told(Wanted())
    assert [one["task"] for one in json.loads(first)["tasks"]] == ["new", "old"]
    ledger.clock.now += STILL - 0.1
    assert await made.told(Wanted()) is first
    ledger.clock.now += 0.2
    assert await made.told(Wanted()) is not first
    assert ledger.asked == 1
    ledger.clock.now += FRESH
    await made.told(Wanted())
    assert ledger.asked == 2
    for number in range(MOST_KEPT + 5):
        await made.told(Wanted(task=str(number)))
    assert (len(made._kept), len(made._told)) == (MOST_KEPT, MOST_KEPT)


@pytest.fixture
def seen() -> Seen:
    made = Seen(lambda: 0.0, lambda: 0.0)
    made.spent.update(submitted=2, solved=1)
    return made


async def test_money_is_the_ledgers_and_looked_up_as_seldom_as_it_takes_long(seen: Seen) -> None:
    ledger = Ledger()
    money = Money(cast(Books, ledger), seen, lambda: True, clock=ledger.clock)
    await money.refresh()
    assert money.told() == {"from": "ledger", "submitted": 7, "solved": 5, "failed": 1, "unknown": 1}
    ledger.clock.now += max(EVERY, SHARE * 2) - 0.1
    await money.refresh()
    assert ledger.asked == 1
    ledger.clock.now += 0.2
    ledger.rows = "it gives no answer"
    await money.refresh()
    assert money.told() == {"from": "start", "submitted": 2, "solved": 1, "trouble": "it gives no answer"}
