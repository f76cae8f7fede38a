"""What was left in a ledger, brought to its end. No time passes."""

import asyncio
import json
from dataclasses import dataclass, field, replace

import pytest

from attempt.evidence import Answer
from attempt.outcome import Outcome
from gateway.continuing import AT_ONCE, EVERY, LEAST, Continuing
from gateway.ending import End
from gateway.errand import Errand
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.entry import Entry
from gateway.ledger.record import Record, State, heard, resumed, submitting
from gateway.locations import Location, Locations

WAITING = Record("t1", "acme", "g1", arrived=1000.0, deadline=1060.0, run="gone")
SENT = submitting(WAITING, "near", 1001.0)
ACCEPTED = heard(SENT, Outcome.ACCEPTED, Answer(202, {"location": "/tasks/7", "task-submitted": "yes"}, b"{}"), [])
NOT_YET, SOLVED = Answer(202, {}, b""), Answer(200, {"task-submitted": "yes"}, b"s")


class Over(Exception):  # noqa: N818 - the end of the test, no error
    """Nothing more was left."""


@dataclass
class Book:
    """A ledger in which something was left, and regions that answer in turn, and then the last again."""

    left: list[list[Record] | Exception]
    answers: list[Answer] = field(default_factory=lambda: [SOLVED])
    now: float = 1050.0
    taken: list[int] = field(default_factory=list)
    written: dict[str, Record] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    ends: list[tuple[str, str]] = field(default_factory=list)
    held: asyncio.Event | None = None

    async def take(self, most: int) -> list[Record]:
        self.taken.append(most)
        found = self.left.pop(0) if self.left else []
        if isinstance(found, Exception):
            raise found
        return found

    def resumed(self, record: Record) -> Entry:
        return Entry(resumed(record, "here"), self, refuses=True, now=lambda: self.now)  # type: ignore[arg-type]

    def put(self, record: Record) -> None:
        self.written[record.id] = record

    async def ask(self, errand: Errand, location: Location, entry: Entry) -> Answer:
        self.asked.append((location.workers, errand.task.tenant.name))
        if self.held is not None:
            await self.held.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer.status == 200:
            entry.answered(errand, answer)
        return answer

    def told(self, errand: Errand, end: End) -> None:
        self.ends.append((errand.task.id, end.outcome))

    async def sleep(self, seconds: float) -> None:
        if seconds == EVERY and not self.left:
            for _ in range(200):
                await asyncio.sleep(0)
            raise Over
        self.now += seconds
        await asyncio.sleep(0)

    async def play(self) -> None:
        made = Continuing(self, self, Locations(b"key"), lambda: self.now, lambda: self.now, self.sleep)  # type: ignore[arg-type]
        with pytest.raises(Over):
            await made.run()


@pytest.mark.parametrize(
    ("left", "state", "money", "error"),
    [
        (WAITING, State.FAILED, "no", "TASK_DROPPED"),
        (SENT, State.FAILED, "unknown", "SUBMISSION_UNKNOWN"),
        (ACCEPTED, State.SOLVED, "yes", None),
        (replace(ACCEPTED, location=None), State.FAILED, "yes", "DEADLINE_EXCEEDED"),
    ],
    ids=["waiting", "submitting", "accepted", "accepted, nobody knows where"],
)
async def test_each_comes_to_the_end_that_is_known(left: Record, state: State, money: str, error: str | None) -> None:
    book = Book([[left]])
    await book.play()
    end = book.written["t1"]
    assert (end.state, end.money, end.error, end.run) == (state, money, error, left.run)
    assert book.ends == [("t1", error or "solved")], "a line of it in the log"
    assert json.loads(end.trail)[0] == "its gateway ended; here went on"


async def test_an_answer_is_waited_for_while_no_region_is_known_and_past_the_tasks_deadline_for_a_while() -> None:
    book = Book([[ACCEPTED]], [NOT_YET, NOT_YET, NOT_YET, SOLVED], now=5000.0)
    await book.play()
    assert book.written["t1"].state is State.SOLVED
    assert book.asked == [("/tasks/7", "acme")] * 4


async def test_what_gives_no_answer_in_time_is_paid_for_and_lost() -> None:
    book = Book([[ACCEPTED]], [NOT_YET], now=5000.0)
    await book.play()
    assert (book.written["t1"].error, book.written["t1"].money) == ("DEADLINE_EXCEEDED", "yes")
    assert 5000.0 + LEAST <= book.written["t1"].ended <= 5000.0 + LEAST + 2  # type: ignore[operator]


async def test_no_more_are_taken_than_may_be_waited_for_at_once_and_a_ledger_that_is_away_is_tried_again() -> None:
    many = [replace(ACCEPTED, id=f"t{number}") for number in range(AT_ONCE)]
    book = Book([LedgerAwayError("gone"), many], held=asyncio.Event())
    await book.play()
    assert book.taken == [AT_ONCE, AT_ONCE]
    assert len(book.asked) == AT_ONCE
