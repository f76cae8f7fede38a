"""How long a task spent in each stage, for `Server-Timing` (W3C), the metrics and the log.

Pure but for the clock it is given.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

STAGES = ("queue", "submit", "solve")

MOST_KEPT = 64
"""Stages of one task that are remembered one by one; the seconds of all count."""


@dataclass(slots=True)
class Stage:
    """One stage of a task, in seconds of the clock."""

    name: str
    begun: float
    ended: float


class Timing:
    """Seconds by stage. Begins in the queue."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.begun = self._since = clock()
        self._stage = STAGES[0]
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.stages = [Stage(self._stage, self.begun, self.begun)]

    def begin(self, stage: str) -> None:
        """Leave the stage that is under way and enter another; nothing when it is the same."""
        self.end()
        if stage == self._stage:
            return
        self._stage = stage
        if len(self.stages) < MOST_KEPT:
            self.stages.append(Stage(stage, self._since, self._since))

    def end(self) -> None:
        """Count the stage under way up to now."""
        now = self._clock()
        self.seconds[self._stage] += now - self._since
        self._since = self.stages[-1].ended = now

    @property
    def whole(self) -> float:
        """Seconds from the arrival to the last end."""
        return self._since - self.begun

    def so_far(self, stage: str) -> float:
        """Seconds in a stage, with those of the one under way."""
        return self.seconds[stage] + (self._clock() - self._since if stage == self._stage else 0.0)

    def reached(self) -> Iterator[tuple[str, float]]:
        """The stages the task came to, with the seconds of each."""
        names = {stage.name for stage in self.stages}
        return ((stage, seconds) for stage, seconds in self.seconds.items() if stage in names)

    def header(self) -> str:
        """The header's value; durations are in milliseconds, as the specification has them."""
        return ", ".join(f"{stage};dur={seconds * 1000:.1f}" for stage, seconds in self.seconds.items())
