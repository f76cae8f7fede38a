from collections.abc import Mapping

import pytest

from gateway.allowance import DAY, Allowances
from gateway.ledger.away import LedgerAwayError
from gateway.limits import Limits
from gateway.spending import EVERY, Spending
from gateway.tenants import Tenant


class Book:
    """Stands for the ledger."""

    def __init__(self) -> None:
        self.is_shared, self.is_away = False, False
        self.counts: Mapping[str, int] = {"acme": 3}
        self.asked: list[tuple[tuple[str, ...], float]] = []

    async def spent(self, tenants: tuple[str, ...], since: float) -> Mapping[str, int]:
        self.asked.append((tenants, since))
        if self.is_away:
            raise LedgerAwayError("the disk is full")
        return self.counts


class Office:
    """What is spent, followed on a clock of the test's."""

    def __init__(self, *names: str) -> None:
        self.clock, self.now, self.book = 0.0, 10 * DAY + 5.0, Book()
        self.allowances = Allowances(clock=lambda: self.clock, now=lambda: self.now)
        self.cap(*names)
        self.spending = Spending(self.book, self.allowances, clock=lambda: self.clock, now=lambda: self.now)  # type: ignore[arg-type]

    def cap(self, *names: str) -> None:
        free = {"free": Tenant("free")}
        self.allowances.use(free | {name: Tenant(name, limits=Limits(daily=5)) for name in names}, ())

    async def looks(self) -> int:
        """How often a look reads the ledger."""
        before = len(self.book.asked)
        await self.spending.look()
        return len(self.book.asked) - before


async def test_without_caps_nothing_is_read() -> None:
    assert await Office().looks() == 0


async def test_a_ledger_of_ones_own_is_read_once_a_day_and_when_another_tenant_has_a_cap() -> None:
    office = Office("acme")
    assert [await office.looks(), await office.looks()] == [1, 0]
    assert office.book.asked == [(("acme",), 10 * DAY)]
    assert office.allowances.spent_today("acme") == 3
    office.clock += 1000
    assert await office.looks() == 0
    office.cap("acme", "tiny")
    assert [await office.looks(), await office.looks()] == [1, 0]
    office.now += DAY
    office.book.counts = {}
    assert [await office.looks(), await office.looks()] == [1, 0]
    assert office.allowances.spent_today("acme") == 0


async def test_a_ledger_that_others_write_to_is_read_again_and_again() -> None:
    office = Office("acme")
    office.book.is_shared = True
    assert [await office.looks(), await office.looks()] == [1, 0]
    office.clock, office.book.counts = EVERY, {"acme": 4}
    assert await office.looks() == 1
    assert office.allowances.spent_today("acme") == 4


async def test_one_that_is_away_is_told_once_and_tried_until_it_answers(caplog: pytest.LogCaptureFixture) -> None:
    office = Office("acme")
    office.book.is_away = True
    assert [await office.looks() for _ in range(3)] == [1, 1, 1]
    assert [record.getMessage() for record in caplog.records] == [
        "what tenants spent today can't be read, and counts as it was known last: the disk is full"
    ]
    office.book.is_away = False
    assert [await office.looks(), await office.looks()] == [1, 0]
    assert office.allowances.spent_today("acme") == 3
