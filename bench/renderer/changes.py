"""From a change in Consul until nginx serves it and nothing else."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field

from bench.figures import Rows, milliseconds, percentile
from bench.renderer.crowd import SLOTS, Crowd
from bench.renderer.served import Served, until

QUIET = 0.6
"""Seconds between two changes: longer than the spacing of reloads, which would be measured else."""


@dataclass
class Times:
    """Seconds, a value for each turn."""

    removal: list[float] = field(default_factory=list)
    addition: list[float] = field(default_factory=list)
    meta: list[float] = field(default_factory=list)


class Changes:
    """Changes to one crowd of so many workers, and nginx on its port."""

    def __init__(self, crowd: Crowd, count: int, port: int) -> None:
        self._crowd, self._count, self._port = crowd, count, port

    async def settled(self) -> None:
        """Until nginx serves all of them."""
        await until(self._port, Served(self._count, SLOTS * self._count))

    async def measured(self, turns: int) -> Times:
        """In each turn another worker leaves, comes back, and changes the number of its slots (and back, unmeasured)."""
        times, all_slots = Times(), SLOTS * self._count
        for turn in range(turns):
            number = turn * 7919 % self._count
            times.removal.append(await self._took(self._crowd.drop(number), Served(self._count - 1, all_slots - SLOTS)))
            times.addition.append(await self._took(self._crowd.put(number), Served(self._count, all_slots)))
            times.meta.append(await self._took(self._crowd.put(number, SLOTS + 1), Served(self._count, all_slots + 1)))
            await self._took(self._crowd.put(number), Served(self._count, all_slots))
        return times

    async def _took(self, change: Coroutine[None, None, None], wanted: Served) -> float:
        await asyncio.sleep(QUIET)
        began = time.perf_counter()
        await change
        return await until(self._port, wanted) - began


def rows(times: Times, count: int, wait: float) -> Rows:
    """For the table. `wait` is the part that additions and other changes wait for quiet, in seconds."""
    return [
        (f"removal, {count:,} workers: median, p99", _both(times.removal, 0)),
        (f"addition, {count:,} workers, less its wait for quiet", _both(times.addition, wait)),
        (f"change of Meta, {count:,} workers, less its wait for quiet", _both(times.meta, wait)),
    ]


def _both(values: list[float], wait: float) -> str:
    median, worst = (milliseconds(percentile(values, share) - wait) for share in (0.5, 0.99))
    return f"{median}, {worst}"
