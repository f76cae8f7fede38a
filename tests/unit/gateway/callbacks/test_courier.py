"""The courier: what it takes, tries and writes down. The ledger and the network are made up."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from prometheus_client import generate_latest

from attempt.evidence import Answer, Evidence
from contract.submitted import Submitted
from gateway.callbacks import courier as module
from gateway.callbacks.addresses import Network
from gateway.callbacks.courier import Courier
from gateway.callbacks.fair import MOST, UnderWay
from gateway.callbacks.outcome import Called, Sent
from gateway.callbacks.policy import CallbackPolicy
from gateway.callbacks.target import Target
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.record import Record, State
from gateway.metrics import Metrics

NOW = 1_000_000.0
ENDED = Record(
    "t1", "acme", "g", NOW - 9, NOW + 9, state=State.SOLVED, money=Submitted.YES, ended=NOW - 1, status=200,
    content_type="application/json", result=b'{"solution": "s"}',
    callback="https://h.example/x?y", callback_host="h.example", callback_due=NOW, callback_tries=1,
)  # fmt: skip
POLICY = CallbackPolicy((), 3600.0, {"acme": (b"s" * 32,)}, {})


@dataclass
class Shelf:
    due: list[Record]
    away: int = 0
    written: list[Sent] = field(default_factory=list)
    put_back: list[Record] = field(default_factory=list)
    rooms: list[int] = field(default_factory=list)
    wrote: asyncio.Event = field(default_factory=asyncio.Event)

    async def calls(self, results: Sequence[Sent], under_way: UnderWay, now: float) -> list[Record]:
        self.rooms.append(under_way.room)
        if self.away:
            self.away -= 1
            raise LedgerAwayError("x")
        self.written += results
        self.wrote.set()
        taken, self.due = self.due[: max(0, under_way.room)], self.due[max(0, under_way.room) :]
        return taken

    def put(self, record: Record) -> None:
        self.put_back.append(record)


class Delivery:
    """Answers with `status` once it may."""

    def __init__(self, status: int = 204) -> None:
        self.status, self.may, self.sent = status, asyncio.Event(), list[tuple[Target, Mapping[str, str], bytes]]()
        self.may.set()
        self.begun, self.closed = asyncio.Event(), False

    async def post(self, target: Target, fields: Mapping[str, str], body: bytes, networks: Collection[Network]) -> Evidence:
        self.sent.append((target, fields, body))
        self.begun.set()
        await self.may.wait()
        return Answer(self.status, {}, b"")

    async def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 0.005)
    monkeypatch.setattr(module, "GATHER", 0.0)


def courier(shelf: Shelf, delivery: Delivery, metrics: Metrics | None = None) -> Courier:
    return Courier(shelf, lambda: POLICY, delivery, metrics or Metrics(), now=lambda: NOW, chance=lambda: 0.5)  # type: ignore[arg-type]


async def written(shelf: Shelf, count: int = 1) -> None:
    async with asyncio.timeout(5):
        while len(shelf.written) < count:
            shelf.wrote.clear()
            await shelf.wrote.wait()


async def test_what_is_due_is_sent_signed_and_what_came_of_it_written() -> None:
    shelf, delivery, metrics = Shelf([ENDED]), Delivery(), Metrics()
    made = courier(shelf, delivery, metrics)
    await written(shelf)
    await made.close()
    assert shelf.written == [Sent("t1", 1, Called.DELIVERED, "204")]
    ((target, fields, body),) = delivery.sent
    assert (target.url, json.loads(body)["solution"]) == ("https://h.example/x?y", "s")
    assert (fields["webhook-id"], fields["webhook-timestamp"]) == ("t1", "1000000")
    assert fields["webhook-signature"].startswith("v1,")
    assert b'nearway_callbacks_total{outcome="delivered"} 1.0' in generate_latest(metrics.registry)
    assert delivery.closed


async def test_a_failure_is_written_with_when_it_is_due_again() -> None:
    shelf = Shelf([ENDED])
    made = courier(shelf, Delivery(500))
    await written(shelf)
    await made.close()
    assert shelf.written == [Sent("t1", 1, Called.FAILED, "500", NOW + 5)]


async def test_what_came_of_it_is_kept_while_the_ledger_is_away() -> None:
    shelf, delivery = Shelf([ENDED]), Delivery()
    delivery.may.clear()
    made = courier(shelf, delivery)
    await delivery.begun.wait()
    shelf.away = 3
    delivery.may.set()
    await written(shelf)
    await made.close()
    assert (shelf.away, len(shelf.written), len(delivery.sent)) == (0, 1, 1)


@pytest.mark.parametrize(
    ("money", "error"),
    [(Submitted.NO, "TASK_DROPPED"), (Submitted.UNKNOWN, "SUBMISSION_UNKNOWN"), (Submitted.YES, "DEADLINE_EXCEEDED")],
)
async def test_a_task_that_nobody_ended_ends_with_what_is_known(money: Submitted, error: str) -> None:
    shelf, delivery = Shelf([replace(ENDED, ended=None, result=None, status=None, money=money)]), Delivery()
    made = courier(shelf, delivery)
    await written(shelf)
    await made.close()
    ((_, fields, body),) = delivery.sent
    told = json.loads(body)
    assert (told["error"], told["task_submitted"], told["task"]) == (error, money.value, "t1")
    assert fields["Content-Type"] == "application/problem+json"
    (put,) = shelf.put_back
    assert (put.state, put.error, put.money, put.ended) == (State.FAILED, error, money, NOW)


@pytest.mark.parametrize("record", [replace(ENDED, tenant="other"), replace(ENDED, callback="gopher://h")], ids=["secret", "url"])
async def test_what_can_not_be_sent_any_more_is_a_failure_and_not_the_end_of_the_courier(record: Record) -> None:
    shelf, delivery = Shelf([record]), Delivery()
    made = courier(shelf, delivery)
    await written(shelf)
    shelf.due.append(ENDED)
    await written(shelf, 2)
    await made.close()
    assert [one.called for one in shelf.written] == [Called.FAILED, Called.DELIVERED]
    assert len(delivery.sent) == 1


async def test_told_to_end_it_takes_nothing_more_and_lets_come_in_what_is_under_way() -> None:
    shelf, delivery = Shelf([ENDED]), Delivery()
    delivery.may.clear()
    made = courier(shelf, delivery)
    await delivery.begun.wait()
    ending = asyncio.create_task(made.close())
    await asyncio.sleep(0.01)
    shelf.due.append(replace(ENDED, id="t2"))
    delivery.may.set()
    await ending
    assert ([one.task for one in shelf.written], [one.id for one in shelf.due]) == (["t1"], ["t2"])
    assert (shelf.rooms[0], shelf.rooms[-1]) == (MOST, 0)


async def test_what_never_comes_in_is_left_to_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PARTING", 0.05)
    shelf, delivery = Shelf([ENDED]), Delivery()
    delivery.may.clear()
    made = courier(shelf, delivery)
    await delivery.begun.wait()
    async with asyncio.timeout(5):
        await made.close()
    assert shelf.written == []
