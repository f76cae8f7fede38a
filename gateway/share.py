"""What a tenant has used of what it may, and what one task holds of that.

Pure.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.rate import Bucket


@dataclass(slots=True)
class Used:
    """One tenant's. `spent` counts submissions that cost or may have, by day; `reserved` the tasks that may come to one."""

    bucket: Bucket | None = None
    in_flight: int = 0
    reserved: int = 0
    spent: Counter[int] = field(default_factory=Counter)


class Share:
    """One task's, until it is over. It is counted once: as one that may be submitted, or on the day on which it was."""

    def __init__(self, used: Used, today: Callable[[], int]) -> None:
        self._used, self._today = used, today
        self._reserves, self._day = False, 0
        self._reserve()

    def submitting(self) -> None:
        """It is handed to a region: it may be paid for."""
        self.end()
        self._day = self._today()
        self._used.spent = Counter({day: count for day, count in self._used.spent.items() if day >= self._day - 1})
        self._used.spent[self._day] += 1

    def not_spent(self) -> None:
        """It was not taken there, and may be handed to another region."""
        self._used.spent[self._day] -= 1
        self._reserve()

    def again(self) -> None:
        """It may have cost, which stays counted, and is to be handed over once more."""
        self._reserve()

    def end(self) -> None:
        """It will not be handed to a region any more."""
        if self._reserves:
            self._reserves = False
            self._used.reserved -= 1

    def _reserve(self) -> None:
        self._reserves = True
        self._used.reserved += 1
