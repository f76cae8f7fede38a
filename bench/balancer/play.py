"""Many tasks over the crew, and what became of its slots."""

import asyncio
import time
from dataclasses import dataclass

from bench.balancer.crew import Hand, crew
from nearway import AsyncBalancer, Done, Submitted
from nearway.balancer.strategies import Name

HEAD = ("strategy", "worker", "tasks", "ideal", "slots used", "ideal", "refused")

DEAD = 1.5
"""Tasks' time for which the one that dies is gone."""


@dataclass(frozen=True)
class Row:
    """Of one worker: `used` is the share of its slots that was taken while it was there, and more tasks were than slots."""

    strategy: str
    worker: str
    tasks: int
    ideal: float
    used: float
    refused: int
    full: bool

    def cells(self) -> tuple[str, ...]:
        """For the table."""
        return (
            self.strategy,
            self.worker,
            str(self.tasks),
            f"{self.ideal:.0f}",
            f"{self.used:.0%}",
            "0%" if self.full else "100%",
            str(self.refused),
        )


@dataclass(frozen=True)
class Played:
    """What came of all: `twice` are tasks that were submitted more than once, `over` workers with more tasks than slots."""

    rows: tuple[Row, ...]
    done: tuple[Done, ...]
    submissions: int
    twice: int
    over: int

    @property
    def fairness(self) -> float:
        """Jain's index of the shares of slots that were taken, over the workers that take tasks; 1 is ideal."""
        used = [one.used for one in self.rows if not one.full]
        return sum(used) ** 2 / (len(used) * sum(one**2 for one in used))

    @property
    def unknown(self) -> int:
        """Tasks of which nobody can tell whether they are paid for."""
        return sum(one.error is not None and one.error.submitted is Submitted.UNKNOWN for one in self.done)


async def play(strategy: Name, tasks: int, seconds: float, *, resumable: bool = True) -> Played:
    """`seconds` is how long a task takes at a worker that is not slow."""
    async with crew(seconds, resumable=resumable) as (api, hands):
        affinity = (lambda task: str(task["number"])) if strategy == "hash" else None
        workers = [one.worker for one in hands]
        async with AsyncBalancer(workers, strategy=strategy, affinity=affinity, deadline=120) as balancer:
            begun = ended = time.monotonic()
            many = balancer.solve_many([{"number": number} for number in range(tasks)], concurrency=60)
            dying = asyncio.create_task(_die_and_return(hands[3], seconds))
            done = []
            async for one in many:
                done.append(one)
                if many.progress.started < tasks:
                    ended = time.monotonic()
            await dying
        rows = _rows(strategy, hands, begun, ended)
        over = sum(one.most > one.slots for one in hands)
        twice = sum(count > 1 for count in api.submissions.values())
        return Played(tuple(rows), tuple(done), api.submissions.total(), twice, over)


async def _die_and_return(hand: Hand, seconds: float) -> None:
    await asyncio.sleep(1.5 * seconds)
    await hand.die()
    await asyncio.sleep(DEAD * seconds)
    await hand.start()


def _rows(strategy: str, hands: list[Hand], begun: float, ended: float) -> list[Row]:
    """Ideal is that all slots of all that are there are taken all the time."""
    could = [0.0 if one.full else one.up(begun, ended) * one.slots / one.seconds for one in hands]
    began = [sum(begun <= held.begun <= ended for held in one.held) for one in hands]
    return [
        Row(
            strategy,
            one.name,
            count,
            sum(began) * able / sum(could),
            one.busy(begun, ended) / (one.up(begun, ended) * one.slots),
            one.refused,
            one.full,
        )
        for one, count, able in zip(hands, began, could, strict=True)
    ]
