"""What this gateway knows of each region's load: its own tasks in flight, and refusals of a moment ago.

Pure. What other gateways take is seen only as refusals.
"""

from collections import Counter
from dataclasses import dataclass, field

SHORTEST_REST, LONGEST_REST = 0.1, 0.4
"""Seconds that a region counts as full after it refused: by its `Retry-After`, within these, less up to half of it at random, so
that gateways do not come back together. Slots are freed all the time: a longer rest would leave them empty."""

COURTESY = 0.2
"""Seconds for which a freed slot is left to other gateways, less up to half of it at random: their rests are hardly longer."""


@dataclass(slots=True)
class Load:
    """Counts of one process. Every `jitter` is from 0 to 1. No `Retry-After` makes a rest of over `longest_rest` seconds."""

    in_flight: Counter[str] = field(default_factory=Counter)
    full_until: dict[str, float] = field(default_factory=dict)
    left_until: dict[str, float] = field(default_factory=dict)
    longest_rest: float = LONGEST_REST

    def take(self, region: str) -> None:
        """One more task of ours is at the region."""
        self.in_flight[region] += 1

    def give_back(self, region: str) -> None:
        """One task less."""
        if self.in_flight[region] <= 0:
            raise RuntimeError(f"a slot of {region} was given back twice")
        self.in_flight[region] -= 1

    def refused(self, region: str, now: float, retry_after: float | None, jitter: float) -> None:
        """The region said it is full."""
        asked = LONGEST_REST if retry_after is None else retry_after
        self.full_until[region] = now + max(SHORTEST_REST, min(self.longest_rest, asked)) * (1 - jitter / 2)

    def freed(self, region: str) -> None:
        """A task of ours is over there: whatever it refused, it has a free slot now."""
        self.full_until.pop(region, None)

    def left(self, region: str, now: float, jitter: float) -> None:
        """The slot that was freed is left to other gateways."""
        self.left_until[region] = now + COURTESY * (1 - jitter / 2)

    def is_full(self, region: str, now: float) -> bool:
        """Whether it refused a moment ago."""
        return now < self.full_until.get(region, now)

    def is_left(self, region: str, now: float) -> bool:
        """Whether its free slot is left to other gateways."""
        return now < self.left_until.get(region, now)


class Slot:
    """A slot held by one task, wherever it waits, and given back once."""

    def __init__(self, load: Load, region: str) -> None:
        self._load, self.region = load, region
        load.take(region)

    def move(self, region: str) -> None:
        """The task is now at another region."""
        self._load.take(region)
        self._load.give_back(self.region)
        self.region = region

    def give_back(self) -> None:
        """The task is over, or was not taken."""
        self._load.give_back(self.region)
