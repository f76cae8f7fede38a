"""Counting what happened in the last minute, by kind.

Pure.
"""

from collections import Counter, deque
from collections.abc import Hashable
from typing import Generic, TypeVar

SPAN, STEP = 60.0, 5.0
"""Seconds that are counted, and how exactly: what is older than the span is forgotten within a step."""

MOST_KINDS = 500
"""In one step; more are not told apart by anybody who looks, and could be made by clients without end."""

Kind = TypeVar("Kind", bound=Hashable)


class LastMinute(Generic[Kind]):
    """Counts by kind. Times are of one clock, in seconds, and never go back."""

    def __init__(self) -> None:
        self._steps: deque[tuple[int, Counter[Kind]]] = deque()

    def count(self, kind: Kind, now: float) -> None:
        """It happened once."""
        step = int(now // STEP)
        if not self._steps or self._steps[-1][0] != step:
            self._forget(step)
            self._steps.append((step, Counter()))
        counts = self._steps[-1][1]
        if kind in counts or len(counts) < MOST_KINDS:
            counts[kind] += 1

    def counts(self, now: float) -> Counter[Kind]:
        """How often each kind happened."""
        self._forget(int(now // STEP))
        total: Counter[Kind] = Counter()
        for _, counts in self._steps:
            total.update(counts)
        return total

    def _forget(self, step: int) -> None:
        while self._steps and self._steps[0][0] <= step - SPAN / STEP:
            self._steps.popleft()
