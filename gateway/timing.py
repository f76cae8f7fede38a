"""How long a task spent in each stage, for `Server-Timing` (W3C) and the metrics.

Pure but for the clock it is given.
"""

from collections.abc import Callable

STAGES = ("queue", "submit", "solve")


class Timing:
    """Seconds by stage. Begins in the queue."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._stage, self._since = STAGES[0], clock()
        self.seconds = dict.fromkeys(STAGES, 0.0)

    def begin(self, stage: str) -> None:
        """Leave the stage that is under way and enter another."""
        self.end()
        self._stage = stage

    def end(self) -> None:
        """Count the stage under way up to now."""
        now = self._clock()
        self.seconds[self._stage] += now - self._since
        self._since = now

    def header(self) -> str:
        """The header's value; durations are in milliseconds, as the specification has them."""
        return ", ".join(f"{stage};dur={seconds * 1000:.1f}" for stage, seconds in self.seconds.items())
