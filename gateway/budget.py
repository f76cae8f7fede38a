"""The retry budget: how many tasks may be on a further attempt at once, so that a bad day makes no storm.

Pure. The numbers are Envoy's: a fifth of what is in flight, and never fewer than three. A first attempt is never held back.
"""

from dataclasses import dataclass

SHARE = 0.2
FLOOR = 3


@dataclass(slots=True)
class Budget:
    """One gateway's. `retries` are the further attempts that were just made, and of which nothing has been heard yet."""

    retries: int = 0

    def allows(self, in_flight: int) -> bool:
        """Whether one more may begin, with so many tasks in flight."""
        return self.retries < max(FLOOR, int(SHARE * in_flight))

    def begin(self) -> None:
        """A further attempt begins."""
        self.retries += 1

    def end(self) -> None:
        """It is over, whatever came of it."""
        if self.retries <= 0:
            raise RuntimeError("a retry ended twice")
        self.retries -= 1
