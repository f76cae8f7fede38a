"""One fault, played on a system with tasks in flight: what became of each task."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bench.faults.faults import NEAR, Strike, mend
from demo.layout import PLACES
from tests.integration.consul_lab import eventually
from tests.system.whole import Plan, Solved, Whole

PLAN = Plan(workers=3, slots=50, speed=2.5, worker={"SUBMIT_GAP": "0.01"})
"""Slots for all tasks in any two regions. The first look for a solution is due 6 s after the submission (worker/methods.py)."""

SECONDS = 5.8
"""A task's own time, so that the first look finds its solution; the last of 300 is in flight long before."""

HELD = 300
PATIENT = {"Nearway-Deadline": "15"}
"""Of the tasks that come while the strike goes on: one that a worker had in its hands as it hung is given up then."""

AGAIN = 0.5
"""Seconds after which a client sends again what was refused with `Task-Submitted: no`: while everything is broken at once, no
region is well, and the gateway says so."""

MOST_AGAIN = 20

GAP, SHORTEST = 0.05, 3.0
"""Seconds between two arrivals, and for how long there are arrivals at least; they go on for as long as the strike."""


@dataclass(frozen=True)
class Row:
    """What became of one fault's tasks: those in flight when it struck, or those that came then.

    `again` is how many were refused unsubmitted and sent again; `slowest` how many seconds the slowest took beyond its own time.
    """

    fault: str
    which: str
    tasks: int
    answered: int
    unknown: int
    again: int
    submissions: int
    most_submissions: int
    moves: int
    slowest: float
    told: tuple[str, ...]

    @property
    def lost(self) -> int:
        """Tasks that are neither answered nor told to be unknown."""
        return self.tasks - self.answered - self.unknown

    def cells(self) -> tuple[str, ...]:
        """As text."""
        counts = (self.tasks, self.answered, self.unknown, self.lost, self.again, self.submissions, self.moves)
        return (self.fault, self.which, *map(str, counts), f"{self.slowest:.1f} s")


@dataclass(frozen=True)
class Sent:
    """What a client got in the end, and how often it had to send its task again for it."""

    solved: Solved
    again: int


HEAD = (
    "fault", "tasks that", "tasks", "answered", "unknown", "lost", "sent again", "submissions", "moves",
    "slowest, beyond its own time",
)  # fmt: skip


async def play(here: Whole, name: str, strike: Strike) -> list[Row]:
    """Strike while 300 tasks are in flight and others arrive; mended again when it returns. A row for each of the two."""
    await here.forget()
    before, moved = await here.accepted(), await here.metric("nearway_moves_total")
    async with asyncio.TaskGroup() as clients:
        held = [clients.create_task(_sent(here, _near(number), f"held_{number}")) for number in range(HELD)]
        await eventually(lambda: _all_accepted(here, before), f"{HELD} tasks to be accepted")
        came = await _arrivals(here, clients, clients.create_task(strike(here)))
    moves = int(await here.metric("nearway_moves_total") - moved)
    submissions = (await here.witness())["submissions"]
    await mend(here)
    return [
        _row(name, "were in flight", [one.result() for one in held], submissions, moves),
        _row(name, "came meanwhile", [one.result() for one in came], submissions, 0),
    ]


def faults_of(row: Row) -> Iterator[str]:
    """What is wrong with a row, in words."""
    if row.lost:
        yield f"{row.fault}: {row.lost} tasks that {row.which} are lost: {row.told}"
    if row.most_submissions > 1:
        yield f"{row.fault}: a task that {row.which} was submitted {row.most_submissions} times"
    if row.which == "were in flight" and (row.unknown or row.submissions != row.tasks):
        yield f"{row.fault}: {row.tasks} tasks that {row.which}, {row.submissions} submissions, {row.unknown} unknown: {row.told}"


async def _all_accepted(here: Whole, before: float) -> bool:
    return await here.accepted() - before == HELD


async def _sent(here: Whole, region: str, label: str, **headers: str) -> Sent:
    """As a client does that knows what `no` means."""
    begun, again = time.monotonic(), 0
    while True:
        solved = await here.solve(region, label, SECONDS, **headers)
        if solved.status != 503 or solved.headers.get("Task-Submitted") != "no" or again == MOST_AGAIN:
            return Sent(replace(solved, begun=begun), again)
        again += 1
        await asyncio.sleep(AGAIN)


async def _arrivals(here: Whole, clients: asyncio.TaskGroup, striking: asyncio.Task[None]) -> list[asyncio.Task[Sent]]:
    """Tasks from near the region that is struck, one after the other, until the strike is over."""
    came: list[asyncio.Task[Sent]] = []
    while not striking.done() or len(came) * GAP < SHORTEST:
        came.append(clients.create_task(_sent(here, NEAR, f"came_{len(came)}", **PATIENT)))
        await asyncio.sleep(GAP)
    return came


def _near(number: int) -> str:
    return PLACES[number % len(PLACES)].region


def _row(fault: str, which: str, sent: list[Sent], submissions: dict[str, int], moves: int) -> Row:
    answers = [one.solved for one in sent]
    counts = [submissions.get(one.label, 0) for one in answers]
    others = [one for one in answers if not one.right]
    return Row(
        fault,
        which,
        tasks=len(answers),
        answered=sum(one.right for one in answers),
        unknown=sum(one.body.get("error") == "SUBMISSION_UNKNOWN" for one in others),
        again=sum(one.again > 0 for one in sent),
        submissions=sum(counts),
        most_submissions=max(counts),
        moves=moves,
        slowest=max(one.seconds for one in answers) - SECONDS,
        told=tuple(sorted({f"{one.status} {one.body.get('error')} {one.body.get('trail')}" for one in others}))[:5],
    )
