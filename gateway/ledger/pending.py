"""What is to be written and is not yet: of each task only its newest record.

Pure. Bounded, for the ledger may be away for hours: what was never handed to a region is dropped first, it cost nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.ledger.record import Record

MOST = 50_000
"""Records kept for a ledger that is away; some 100 MB."""


@dataclass(slots=True)
class Pending:
    """`lost` counts the records that were given up for lack of room."""

    most: int = MOST
    lost: int = 0
    _records: dict[str, Record] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, name: str) -> bool:
        return name in self._records

    def put(self, record: Record) -> None:
        """Instead of what there was of the task."""
        if record.id not in self._records and len(self) >= self.most:
            self._make_room()
        self._records[record.id] = record

    def take(self, most: int) -> list[Record]:
        """Up to so many, oldest first. They are to be given back when they could not be written."""
        taken = [self._records[name] for name, _ in zip(self._records, range(most), strict=False)]
        for record in taken:
            del self._records[record.id]
        return taken

    def give_back(self, records: Iterable[Record]) -> None:
        """They were not written; what has come since of the same tasks is newer."""
        newer = self._records
        self._records = {record.id: record for record in records} | newer

    def _make_room(self) -> None:
        cheap = (name for name, record in self._records.items() if record.submitted is None)
        del self._records[next(cheap, next(iter(self._records)))]
        self.lost += 1
