"""The queue of tasks for which no slot is free: bounded, fair between tenants by weight, first come first served within one.

Pure. Start-time fair queueing (Goyal, Vin and Cheng, 1996): each task gets a tag, one step of 1/weight after its tenant's last;
the smallest tag is next; a tenant that was away starts at the queue's present, so that nobody saves up turns.
"""

import heapq
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Who = TypeVar("Who", bound=Hashable)


@dataclass(frozen=True, slots=True, order=True)
class Ticket:
    """A place in the order. Kept by a task that must queue again, which so loses nothing."""

    tag: float
    number: int


@dataclass(slots=True)
class Queue(Generic[Who]):
    """Who waits; at most `most`. A tenant's weight is above 0."""

    most: int
    _heap: list[tuple[Ticket, Who]] = field(default_factory=list)
    _waiting: dict[Who, str] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)
    _present: float = 0.0
    _numbers: int = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether nobody more may join."""
        return len(self) >= self.most

    def ticket(self, tenant: str, weight: float = 1.0) -> Ticket:
        """The next place of a tenant."""
        tag = max(self._present, self._last.get(tenant, 0.0)) + 1.0 / weight
        self._last[tenant] = tag
        self._numbers += 1
        return Ticket(tag, self._numbers)

    def join(self, who: Who, tenant: str, ticket: Ticket) -> None:
        """Wait, at the place the ticket gives."""
        self._waiting[who] = tenant
        heapq.heappush(self._heap, (ticket, who))

    def leave(self, who: Who) -> None:
        """Wait no longer, served or not; nothing when one does not."""
        self._waiting.pop(who, None)
        if not self._waiting:
            self._heap.clear()
            self._last.clear()
            self._present = 0.0

    def first(self) -> Who | None:
        """Who is next; None when nobody waits."""
        while self._heap and self._heap[0][1] not in self._waiting:
            heapq.heappop(self._heap)
        return self._heap[0][1] if self._heap else None

    def served(self, who: Who) -> None:
        """The one that was next got what it waited for."""
        if self.first() != who:
            raise ValueError("only the one that is next can be served")
        ticket, _ = heapq.heappop(self._heap)
        self._present = max(self._present, ticket.tag)
        self.leave(who)

    def lengths(self) -> Counter[str]:
        """How many wait, by tenant."""
        return Counter(self._waiting.values())
