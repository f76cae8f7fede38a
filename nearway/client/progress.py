"""How far many tasks have come.

Pure.
"""

from dataclasses import dataclass

from contract.submitted import Submitted
from nearway.client.errors import NearwayError


@dataclass(slots=True)
class Progress:
    """Counts of tasks. `total` is None while nobody knows it; `seconds` since the first one.

    `paid` of those that ended are paid for, `unknown` may be, besides.
    """

    total: int | None = None
    started: int = 0
    solved: int = 0
    failed: int = 0
    paid: int = 0
    unknown: int = 0
    seconds: float = 0.0

    @property
    def done(self) -> int:
        """Tasks that ended, solved or not."""
        return self.solved + self.failed

    @property
    def rate(self) -> float:
        """Tasks ended per second."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the same rate; None when that can't be told."""
        return None if self.total is None or not self.rate else (self.total - self.done) / self.rate

    def ended(self, error: NearwayError | None, seconds: float) -> None:
        """One more task came to its end."""
        self.seconds = seconds
        if error is None:
            self.solved += 1
            self.paid += 1
            return
        self.failed += 1
        self.paid += error.submitted is Submitted.YES
        self.unknown += error.submitted is Submitted.UNKNOWN
