"""Following a task in a ledger that says what a test says. No time passes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

import pytest

from attempt.evidence import Answer
from attempt.outcome import Outcome
from contract.problem import ProblemError, problem
from gateway.errand import Errand
from gateway.following import EVERY, Following, Looks
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.leases import Seen
from gateway.ledger.record import Record, answered, failed, heard, left, submitting
from gateway.locations import Location, Locations
from gateway.task import Task
from gateway.timing import Timing

WAITING = Record("t1", "", "g1", arrived=1000.0, deadline=1060.0, run="other")
SENT = submitting(WAITING, "near", 1001.0)
ACCEPTED = heard(SENT, Outcome.ACCEPTED, Answer(202, {"location": "/tasks/7", "task-submitted": "yes"}, b"{}"), [])
SOLVED = answered(ACCEPTED, Answer(200, {"task-submitted": "yes"}, b"s"), "near", [], 1010.0)
UNKNOWN = failed(SENT, problem("SUBMISSION_UNKNOWN", "lost"), [], 1010.0)

ANSWER = Answer(200, {"task-submitted": "yes"}, b"s")

Shown = Seen | Exception | None


@dataclass
class Book:
    """A ledger that shows one thing after the other, and the last one again; and a carrier that is asked."""

    shows: list[Shown] = field(default_factory=list)
    answer: Answer = ANSWER
    looks: int = 0
    asked_at: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    async def look(self, names: Sequence[str]) -> dict[str, Seen]:
        self.looks += 1
        shown = self.shows.pop(0) if len(self.shows) > 1 else self.shows[0]
        if isinstance(shown, Exception):
            raise shown
        return {} if shown is None else {name: replace(shown, record=replace(shown.record, id=name)) for name in names}

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def asked(self, record: Record) -> None:
        return None

    async def ask(self, errand: Errand, location: Location, entry: object) -> Answer:
        self.asked_at.append(location.workers)
        return self.answer


def following(book: Book) -> Following:
    made = Following(book, book, Locations(b"key"), lambda: float(book.looks))  # type: ignore[arg-type]
    made._looks = Looks(book.look, book.sleep)
    return made


def errand() -> Errand:
    return Errand(Task("own", "r", b"{}", ip_address("::1"), deadline=5.0), Timing(lambda: 0.0))


def seen(*records: Record) -> list[Shown]:
    return [Seen(one, left=False) for one in records]


@pytest.mark.parametrize(
    ("shows", "told", "asked_at"),
    [
        (seen(WAITING, SENT, ACCEPTED), b"s", ["/tasks/7"]),
        (seen(WAITING, SOLVED), b"s", []),
        ([*seen(SENT), LedgerAwayError("gone"), *seen(UNKNOWN)], UNKNOWN.result, []),
        (seen(SENT, left(WAITING, [], 1.0)), None, []),
        ([Seen(SENT, left=True)], None, []),
        ([Seen(ACCEPTED, left=True)], None, []),
        ([None], None, []),
    ],
    ids=["accepted", "solved", "unknown, though the ledger was away", "came to nothing", "left", "left, accepted", "deleted"],
)
async def test_it_is_followed_until_there_is_something_to_be_told(
    shows: list[Shown], told: bytes | None, asked_at: list[str]
) -> None:
    book = Book(shows)
    answer = await following(book).follow(errand(), WAITING)
    assert (answer and answer.body, book.asked_at) == (told, asked_at)


async def test_what_is_accepted_already_is_waited_for_without_a_look_and_its_location_is_told() -> None:
    book, made, told = Book(), errand(), []
    made.on_accepted = lambda: told.append(made.location)
    assert await following(book).follow(made, ACCEPTED) == book.answer
    assert (book.looks, len(told)) == (0, 1)
    assert str(told[0]).startswith("/tasks/7?task=t1&seal=")


async def test_at_the_deadline_it_is_told_where_the_task_is_and_that_it_may_be_paid_for() -> None:
    with pytest.raises(ProblemError) as caught:
        await following(Book(seen(SENT))).follow(errand(), WAITING)
    assert (caught.value.problem.error, caught.value.problem.submitted) == ("TASK_ELSEWHERE", "unknown")


async def test_a_location_that_gives_no_answer_in_time_means_paid_for() -> None:
    with pytest.raises(ProblemError) as caught:
        await following(Book(answer=Answer(202, {}, b""))).follow(errand(), ACCEPTED)
    assert (caught.value.problem.error, caught.value.problem.submitted) == ("DEADLINE_EXCEEDED", "yes")


async def test_all_who_follow_share_one_look_at_a_time() -> None:
    book = Book([*seen(SENT), *seen(SOLVED)])
    made = following(book)
    found = await asyncio.gather(*(made.follow(errand(), replace(WAITING, id=f"t{number % 50}")) for number in range(100)))
    assert {answer and answer.body for answer in found} == {b"s"}
    assert (book.looks, book.slept) == (2, [EVERY, EVERY])


async def test_who_stops_following_takes_nothing_from_the_others() -> None:
    book = Book([*seen(SENT), *seen(SOLVED)])
    made = following(book)
    leaves, stays = (asyncio.create_task(made.follow(errand(), WAITING)) for _ in range(2))
    await asyncio.sleep(0)
    leaves.cancel()
    answer = await stays
    assert answer is not None
    assert answer.body == b"s"
