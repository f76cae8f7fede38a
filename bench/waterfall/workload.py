"""The arrivals, and what an ideal would make of them.

Pure. Times are seconds as they are played, that is the real ones divided by `SPEED`.
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

SPEED = 20.0
SHORTEST, LONGEST, MEDIAN, SPREAD = 5.0, 120.0, 20.0, 0.8
"""Seconds of a task, drawn log-normal around the median with this sigma, and clipped."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One task: when it comes, and how long it takes."""

    at: float
    seconds: float


def arrivals(count: int, slots: int, load: float, seed: int) -> list[Arrival]:
    """A Poisson process that keeps so large a share of the slots busy."""
    chance = Random(seed)
    lengths = [min(LONGEST, max(SHORTEST, chance.lognormvariate(math.log(MEDIAN), SPREAD))) / SPEED for _ in range(count)]
    rate = load * slots * count / sum(lengths)
    made, at = [], 0.0
    for seconds in lengths:
        at += chance.expovariate(rate)
        made.append(Arrival(at, seconds))
    return made


def central_queue(tasks: Sequence[Arrival], slots: int) -> list[float]:
    """Each task's seconds to its answer when all slots are one pool, first come, first served, and nothing costs time."""
    free = [0.0] * slots
    took = []
    for task in tasks:
        begun = max(task.at, heapq.heappop(free))
        heapq.heappush(free, begun + task.seconds)
        took.append(begun + task.seconds - task.at)
    return took
