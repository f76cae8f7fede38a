"""Tasks that are asked for by their ids. The ledger is made up."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

import pytest

from attempt.evidence import Answer
from contract.problem import Problem, ProblemError, problem
from contract.submitted import Submitted
from gateway.clients import Clients
from gateway.errand import Errand
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.leases import Seen
from gateway.ledger.record import Record, State
from gateway.locations import Location
from gateway.recalling import Recalling
from gateway.task import Task
from gateway.tenants import Tenant
from gateway.timing import Timing

ACME, OTHER = Tenant("acme"), Tenant("other")
SOLVED = Answer(200, {}, b"{}")
ROW = Record("t1", "acme", "g", 1.0, 2.0)
ACCEPTED = replace(ROW, state=State.ACCEPTED, money=Submitted.YES, location="/tasks/77?x", captcha_id="77")


@dataclass
class Book:
    """Both the ledger and what follows tasks in it: `seen` at once, `later` after a while."""

    seen: Seen | None = None
    later: Seen | None = None
    away: bool = False
    followed: list[float] = field(default_factory=list)

    async def find(self, task: str) -> Seen | None:
        if self.away:
            raise LedgerAwayError("its disk is full")
        return self.seen

    async def standing(self, record: Record, until: float) -> Seen | None:
        self.followed.append(until)
        return self.later


def question(tenant: Tenant = ACME, deadline: float = 0.0) -> Task:
    return Task("t1", "r", b"", ip_address("::1"), deadline, tenant=tenant)


async def ask(
    book: Book, task: Task, work: asyncio.Task[Answer] | None = None, errand: Errand | None = None
) -> Answer | Location:
    under_way = {} if work is None else {work: errand}
    recalling = Recalling(book, book, Clients(), under_way, asyncio.get_running_loop().time)  # type: ignore[arg-type]
    return await recalling.recall(task)


async def problem_of(book: Book, task: Task, work: asyncio.Task[Answer] | None = None, errand: Errand | None = None) -> Problem:
    with pytest.raises(ProblemError) as caught:
        await ask(book, task, work, errand)
    return caught.value.problem


def carried(end: Callable[[], Answer] | None = None) -> tuple[asyncio.Task[Answer], Errand]:
    async def work() -> Answer:
        await asyncio.sleep(0 if end else 60)
        return end() if end else SOLVED

    loop = asyncio.get_running_loop()
    return asyncio.create_task(work()), Errand(Task("t1", "r", b"{}", ip_address("::1"), 1e9, tenant=ACME), Timing(loop.time))


async def test_what_is_carried_here_is_waited_for_here() -> None:
    never = Book(away=True)
    assert await ask(never, question(deadline=1e9), *carried(lambda: SOLVED)) == SOLVED
    work, errand = carried()
    for submitting, accepted, state in (
        (False, None, "waiting"),
        (True, None, "submitting"),
        (False, "/tasks/77?seal", "accepted"),
    ):
        errand.submitting, errand.location = submitting, accepted
        told = await ask(never, question(), work, errand)
        assert isinstance(told, Answer)
        assert (told.status, told.headers["location"], told.body) == (
            202,
            "/tasks/t1",
            f'{{"task": "t1", "state": "{state}"}}'.encode(),
        )
        assert told.headers["task-submitted"] == ("yes" if accepted else "unknown")
    assert not work.done()
    work.cancel()


async def test_what_ends_here_without_an_answer_is_told_and_nobody_waits_for_ever() -> None:
    def full() -> Answer:
        raise ProblemError(problem("NO_FREE_SLOT", "x"))

    assert (await problem_of(Book(), question(deadline=1e9), *carried(full))).error == "TASK_DROPPED"
    work, errand = carried()
    asking = asyncio.create_task(problem_of(Book(), question(deadline=1e9), work, errand))
    await asyncio.sleep(0)
    work.cancel()  # as when its own client leaves while it waits for a slot
    assert (await asking).error == "TASK_DROPPED"


async def test_who_asks_may_leave_and_the_task_goes_on() -> None:
    work, errand = carried()
    asking = asyncio.create_task(ask(Book(), question(deadline=1e9), work, errand))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not work.done()
    work.cancel()


async def test_anothers_task_is_as_one_that_never_was() -> None:
    work, errand = carried()
    nothing = await problem_of(Book(), question())
    assert (nothing.error, nothing.status) == ("TASK_UNKNOWN", 404)
    assert await problem_of(Book(), question(OTHER), work, errand) == nothing
    for seen in (Seen(ACCEPTED, left=False), Seen(ROW, left=False), Seen(replace(ROW, ended=3.0), left=False)):
        book = Book(seen)
        assert await problem_of(book, question(OTHER, 1e9)) == nothing
        assert book.followed == [], "nor does it take longer"
    work.cancel()


async def test_what_is_accepted_elsewhere_is_to_be_asked_for_at_the_regions() -> None:
    for seen in (Seen(ACCEPTED, left=False), Seen(ACCEPTED, left=True)):
        assert await ask(Book(seen), question()) == Location("/tasks/77?x", "t1")
    book = Book(Seen(ROW, left=False), Seen(ACCEPTED, left=False))
    assert await ask(book, question(deadline=5.0)) == Location("/tasks/77?x", "t1")
    assert book.followed == [5.0]


async def test_what_waits_elsewhere_is_waited_for_and_what_was_left_is_told() -> None:
    waiting = Seen(ROW, left=False)
    told = await ask(Book(waiting, waiting), question())
    assert isinstance(told, Answer)
    assert (told.status, told.body) == (202, b'{"task": "t1", "state": "waiting"}')
    left = Seen(ROW, left=True)
    assert (await problem_of(Book(waiting, left), question())).error == "TASK_DROPPED"
    book = Book(left, waiting)
    assert (await problem_of(book, question(deadline=1e9))).error == "TASK_DROPPED"
    assert book.followed == []
    assert (await problem_of(Book(waiting, None), question())).error == "TASK_UNKNOWN"


async def test_while_the_ledger_is_away_nobody_says_that_nothing_was_spent() -> None:
    told = await problem_of(Book(away=True), question())
    assert (told.error, told.status, told.submitted) == ("LEDGER_UNAVAILABLE", 503, Submitted.UNKNOWN)
    assert "disk is full" in told.detail
