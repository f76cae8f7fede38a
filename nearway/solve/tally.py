"""How far the tasks have come, what they cost, and how long the others take, in words.

Pure.
"""

from dataclasses import dataclass, field

from contract.submitted import Submitted
from nearway.client.progress import Progress
from nearway.solve.row import Row


@dataclass(slots=True)
class Tally:
    """Counts of rows, those of earlier runs (`known`) among them. `progress` is this run's, `price` that of a thousand tasks."""

    price: float | None = None
    progress: Progress = field(default_factory=Progress)
    known: int = 0
    solved: int = 0
    failed: int = 0
    paid: int = 0
    unknown: int = 0

    def add(self, row: Row) -> None:
        """One more row."""
        self.solved += row["error"] is None
        self.failed += row["error"] is not None
        self.paid += row["submitted"] == str(Submitted.YES)
        self.unknown += row["submitted"] == str(Submitted.UNKNOWN)

    def words(self) -> str:
        """All of it, in a line."""
        rate, left = self.progress.rate, self.progress.seconds_left
        parts = [self._ended(), self._cost()]
        if rate:
            parts.insert(1, f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.1f}/min")
        if left:
            parts.append(f"{duration(left)} left")
        return "; ".join(parts)

    def _ended(self) -> str:
        total = self.progress.total
        of = "" if total is None else f" of {total + self.known}"
        before = f" ({self.known} before)" if self.known else ""
        return f"{self.solved + self.failed}{of}{before}: {self.solved} solved, {self.failed} not"

    def _cost(self) -> str:
        unknown = f", {self.unknown} unknown" if self.unknown else ""
        if self.price is None:
            return f"{self.paid} paid for{unknown}"
        most = self._money(self.paid + self.unknown)
        return f"{self.paid} paid for{unknown}: {self._money(self.paid)}{f' to {most}' if self.unknown else ''}"

    def _money(self, tasks: int) -> str:
        return f"{tasks * (self.price or 0) / 1000:.2f}"


def duration(seconds: float) -> str:
    """Rounded, in two units at most."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
