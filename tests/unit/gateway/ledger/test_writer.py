"""The writer over a store that does what a test says."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest
from prometheus_client import CollectorRegistry

from gateway.ledger.away import LedgerAwayError, TakenError
from gateway.ledger.metrics import LedgerMetrics
from gateway.ledger.record import Record, left, submitting, withheld
from gateway.ledger.writer import Writer
from tests.integration.consul_lab import eventually


@dataclass
class Disk:
    """Takes records, unless something is wrong; `closed` holds a transaction up."""

    wrong: Exception | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)
    transactions: list[list[Record]] = field(default_factory=list)
    begun: int = 0
    taken: frozenset[str] = frozenset()

    async def write(self, records: Sequence[Record]) -> frozenset[str]:
        self.begun += 1
        await self.open.wait()
        if self.wrong is not None:
            raise self.wrong
        if records:
            self.transactions.append([record for record in records if record.id not in self.taken])
        return self.taken & {record.id for record in records}

    def rows(self) -> dict[str, Record]:
        return {record.id: record for transaction in self.transactions for record in transaction}


@dataclass
class Bench:
    disk: Disk
    writer: Writer
    registry: CollectorRegistry

    def metric(self, name: str) -> float | None:
        return self.registry.get_sample_value(name)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    disk, registry = Disk(), CollectorRegistry()
    disk.open.set()
    writer = Writer(disk, LedgerMetrics(registry), clock=lambda: 0.0)  # type: ignore[arg-type]
    running = asyncio.create_task(writer.run())
    yield Bench(disk, writer, registry)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def waiting(name: str) -> Record:
    return Record(name, "acme", "g1", 0.0, 60.0)


def sent(name: str) -> Record:
    return submitting(waiting(name), "near", 1.0)


async def fails(bench: Bench, why: str = "no space") -> None:
    bench.disk.wrong = OSError(why)
    with pytest.raises(LedgerAwayError, match=why):
        await bench.writer.written(sent("first"))


async def test_who_waits_goes_on_only_when_it_is_durable(bench: Bench) -> None:
    bench.disk.open.clear()
    going = asyncio.create_task(bench.writer.written(sent("a")))
    await eventually(lambda: bench.disk.begun > 0, "a transaction")
    assert not going.done()
    bench.disk.open.set()
    await going
    assert bench.disk.rows() == {"a": sent("a")}


async def test_who_waits_for_what_is_anothers_by_now_is_told_so_and_only_he(bench: Bench) -> None:
    bench.disk.taken = frozenset("a")
    both = await asyncio.gather(*(bench.writer.written(sent(name)) for name in "ab"), return_exceptions=True)
    assert [type(one) for one in both] == [TakenError, type(None)]
    assert bench.writer.away is None


async def test_what_comes_together_is_written_together(bench: Bench) -> None:
    names = [f"t{number}" for number in range(300)]
    await asyncio.gather(*(bench.writer.written(sent(name)) for name in names))
    assert sorted(bench.disk.rows()) == sorted(names)
    assert len(bench.disk.transactions) <= 3


async def test_what_comes_during_a_transaction_is_not_taken_for_written_with_it(bench: Bench) -> None:
    bench.writer.put(waiting("a"))
    bench.disk.open.clear()
    await eventually(lambda: bench.disk.begun > 1 or not bench.writer.pending, "the first record on its way")
    going = asyncio.create_task(bench.writer.written(sent("a")))
    await asyncio.sleep(0)
    bench.disk.open.set()
    await going
    assert bench.disk.transactions[-1] == [sent("a")]


async def test_what_nobody_waits_for_is_written_all_the_same(bench: Bench) -> None:
    bench.writer.put(waiting("a"))
    await eventually(lambda: bench.disk.rows() == {"a": waiting("a")}, "it written")


async def test_a_ledger_that_is_away_is_told_of_once_and_whoever_comes_is_told_at_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await fails(bench)
    for name in "bcd":
        with pytest.raises(LedgerAwayError, match="no space"):
            await bench.writer.written(sent(name))
    begun = bench.disk.begun
    await eventually(lambda: bench.disk.begun >= begun + 2, "two more tries")
    assert [one.getMessage() for one in caplog.records] == ["the ledger can't be written: no space"]
    assert (bench.metric("nearway_ledger_up"), bench.metric("nearway_ledger_pending")) == (0, 1)


async def test_it_comes_back_by_itself_and_what_was_kept_is_written(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    await fails(bench)
    bench.writer.put(sent("b"))
    bench.disk.wrong = None
    await eventually(lambda: bench.writer.away is None, "the ledger back")
    await eventually(lambda: bench.disk.rows() == {"first": sent("first"), "b": sent("b")}, "both written")
    await bench.writer.written(sent("c"))
    assert caplog.records[-1].levelno == logging.WARNING
    assert "can be written again" in caplog.records[-1].getMessage()
    assert bench.metric("nearway_ledger_up") == 1


async def test_what_was_not_handed_over_after_all_is_never_written_as_if_it_was(bench: Bench) -> None:
    await fails(bench)
    bench.writer.take_back(withheld(sent("first")))
    bench.disk.wrong = None
    await eventually(lambda: "first" in bench.disk.rows(), "it written")
    assert bench.disk.rows()["first"] == withheld(sent("first"))


async def test_who_came_while_it_was_away_and_cost_nothing_leaves_nothing_behind(bench: Bench) -> None:
    await fails(bench)
    bench.writer.put(waiting("b"))
    with pytest.raises(LedgerAwayError):
        await bench.writer.written(sent("b"))
    bench.writer.take_back(withheld(sent("b")))
    assert "b" not in bench.writer.pending


async def test_the_end_of_a_task_with_a_key_is_kept_even_when_it_cost_nothing_for_others_follow_it(bench: Bench) -> None:
    await fails(bench)
    end = left(replace(waiting("b"), key="k"), [], 5.0)
    bench.writer.put(end)
    bench.disk.wrong = None
    await eventually(lambda: bench.disk.rows().get("b") == end, "its end written")


async def test_a_ledger_that_gives_no_answer_holds_nobody_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.ledger.writer.LONGEST_WAIT", 0.05)
    bench.disk.open.clear()
    with pytest.raises(LedgerAwayError, match="no answer"):
        await bench.writer.written(sent("a"))
    bench.writer.take_back(withheld(sent("a")))
    bench.disk.open.set()
    await eventually(lambda: bench.disk.rows().get("a") == withheld(sent("a")), "the last word written")


@pytest.mark.parametrize(("wrong", "left"), [(None, 0), (OSError("gone"), 1)], ids=["there", "away"])
async def test_at_the_end_all_is_written_that_can_be(
    caplog: pytest.LogCaptureFixture, wrong: Exception | None, left: int
) -> None:
    disk = Disk(wrong)
    disk.open.set()
    writer = Writer(disk, LedgerMetrics(CollectorRegistry()), clock=lambda: 0.0)  # type: ignore[arg-type]
    writer.put(sent("a"))
    await writer.finish()
    assert (len(writer.pending), len(disk.rows())) == (left, 1 - left)
    assert ("1 records of tasks are lost" in caplog.text) is bool(left)


async def test_a_fault_of_ours_is_not_taken_for_a_ledger_that_is_away() -> None:
    disk = Disk(ZeroDivisionError())
    disk.open.set()
    writer = Writer(disk, LedgerMetrics(CollectorRegistry()), clock=lambda: 0.0)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        await writer.run()
