"""What this gateway knows of each region's load: its own tasks in flight, and refusals of a moment ago.

Pure. What other gateways take is seen only as refusals.
"""

from collections import Counter
from dataclasses import dataclass, field

SHORTEST_REST, LONGEST_REST = 0.1, 1.0
"""Seconds that a region counts as full after it refused: by its `Retry-After`, within these. Slots are freed all the time."""


@dataclass(slots=True)
class Load:
    """Counts of one gateway process."""

    in_flight: Counter[str] = field(default_factory=Counter)
    full_until: dict[str, float] = field(default_factory=dict)

    def take(self, region: str) -> None:
        """One more task of ours is at the region."""
        self.in_flight[region] += 1

    def give_back(self, region: str) -> None:
        """One task less."""
        if self.in_flight[region] <= 0:
            raise RuntimeError(f"a slot of {region} was given back twice")
        self.in_flight[region] -= 1

    def refused(self, region: str, now: float, retry_after: float | None) -> None:
        """The region said it is full."""
        asked = LONGEST_REST if retry_after is None else retry_after
        self.full_until[region] = now + max(SHORTEST_REST, min(LONGEST_REST, asked))

    def is_full(self, region: str, now: float) -> bool:
        """Whether it refused a moment ago."""
        return now < self.full_until.get(region, now)


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
