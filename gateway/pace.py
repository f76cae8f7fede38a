"""How fast the queue moves, and so when it is worth coming back.

Pure.
"""

import math
from dataclasses import dataclass

WEIGHT = 0.1
"""The newest interval's share in the average."""

FIRST_GUESS = 1.0
"""Seconds between two turns before any was seen."""

SOONEST, LATEST = 1, 120
"""Bounds of `Retry-After`, in seconds: HTTP has no fractions of one, and in two minutes every task in flight is over."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The average number of seconds between two turns given, and when the last one was (None: the queue was empty since)."""

    interval: float = FIRST_GUESS
    last: float | None = None

    def turn(self, now: float) -> "Pace":
        """A turn was given."""
        if self.last is None:
            return Pace(self.interval, now)
        return Pace(self.interval + WEIGHT * (now - self.last - self.interval), now)

    def idle(self) -> "Pace":
        """Nobody waits: the time until the next turn will say nothing of the pace."""
        return Pace(self.interval, None)

    def retry_after(self, waiting: int) -> int:
        """Seconds until so many have had their turns."""
        return max(SOONEST, min(LATEST, math.ceil(waiting * self.interval)))
