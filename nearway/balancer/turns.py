"""Whose turn it is: start-time fair queueing (Goyal, Vin, Cheng 1996), each turn as long as one by the weight.

Pure.
"""

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(slots=True)
class Turns:
    """`ends` is when each one's last turn ends, `now` when the last turn of all began, in turns of the weight 1.

    Who had no room for a while, or has just come, gets no more turns afterwards for those it missed.
    """

    ends: dict[str, float] = field(default_factory=dict)
    now: float = 0.0

    def begins(self, name: str) -> float:
        """When its next turn would begin: the lower, the sooner it is its turn."""
        return max(self.now, self.ends.get(name, 0.0))

    def take(self, name: str, weight: float) -> None:
        """It has a turn."""
        self.now = self.begins(name)
        self.ends[name] = self.now + 1 / weight

    def only(self, names: Collection[str]) -> None:
        """Forget the others."""
        self.ends = {name: end for name, end in self.ends.items() if name in names}
