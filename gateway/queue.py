"""The queue of tasks for which no slot is free: bounded, fair between tenants by weight, first come first served within one.

Pure. Start-time fair queueing (Goyal, Vin and Cheng, 1996) over one lane per tenant: each turn moves a lane's start on by
1/weight, and the lane that starts earliest is next. A tenant that was away starts at the queue's present, so that nobody saves
up turns; one whose tasks left unserved has paid for none of them.

Before all lanes come those who had a turn and got nothing for it: they wait longest, and their lanes have paid.

A tenant whose slots are all taken is held: its tasks wait, and stand in nobody's way.
"""

import heapq
from collections import Counter, OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Who = TypeVar("Who", bound=Hashable)

MOST_TURNS = 20
"""Turns in vain after which a task joins its lane as one that just came: what is refused everywhere must not stop the rest."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place in the order of arrival, and how many turns it has had in vain."""

    number: int
    turns: int = 0


@dataclass(slots=True)
class _Lane(Generic[Who]):
    """One tenant's: who waits, by arrival; the tag at which its next turn starts; and what each turn adds to that."""

    waiting: OrderedDict[Who, int] = field(default_factory=OrderedDict)
    start: float = 0.0
    step: float = 1.0
    listed: bool = False

    @property
    def head(self) -> Who:
        return next(iter(self.waiting))

    @property
    def rank(self) -> tuple[float, int]:
        """Of several lanes the one with the smallest is next."""
        return self.start, self.waiting[self.head]


@dataclass(slots=True)
class Queue(Generic[Who]):
    """Who waits; at most `most`. A tenant's weight is above 0."""

    most: int
    _lanes: dict[str, _Lane[Who]] = field(default_factory=dict)
    _order: list[tuple[tuple[float, int], str]] = field(default_factory=list)
    """A heap of the listed lanes, with a rank each had once. Ranks only grow, so one that is out of date is seen at the top."""
    _returned: dict[Who, int] = field(default_factory=dict)
    _returned_order: list[tuple[int, int, Who]] = field(default_factory=list)
    _tenants: dict[Who, str] = field(default_factory=dict)
    _lengths: Counter[str] = field(default_factory=Counter)
    _held: set[str] = field(default_factory=set)
    _set_aside: dict[str, list[tuple[int, int, Who]]] = field(default_factory=dict)
    """Entries of `_returned_order` that were met while their tenant was held."""
    _present: float = 0.0
    _numbers: int = 0
    _joins: int = 0

    def __len__(self) -> int:
        return len(self._tenants)

    @property
    def is_full(self) -> bool:
        """Whether nobody new may join."""
        return len(self) >= self.most

    def ticket(self) -> Ticket:
        """For one that arrives."""
        self._numbers += 1
        return Ticket(self._numbers)

    def after_turn(self, ticket: Ticket) -> Ticket:
        """The ticket of one that had a turn, should it have to come back."""
        return Ticket(ticket.number, ticket.turns + 1) if ticket.turns < MOST_TURNS else self.ticket()

    def join(self, who: Who, ticket: Ticket, tenant: str, weight: float = 1.0) -> None:
        """Wait, at the place the ticket gives."""
        self._tenants[who] = tenant
        self._lengths[tenant] += 1
        if ticket.turns:
            self._joins += 1  # a stale entry may have the same number, and `who` has no order
            self._returned[who] = ticket.number
            heapq.heappush(self._returned_order, (ticket.number, self._joins, who))
            return
        lane = self._lanes.setdefault(tenant, _Lane())
        lane.step = 1.0 / weight
        lane.waiting[who] = ticket.number
        if len(lane.waiting) == 1:
            lane.start = max(self._present, lane.start)
        if not lane.listed and tenant not in self._held:
            self._list(lane, tenant)

    def leave(self, who: Who) -> None:
        """Wait no longer, unserved; nothing when one does not wait."""
        tenant = self._tenants.pop(who, None)
        if tenant is None:
            return
        self._lengths[tenant] -= 1
        if self._returned.pop(who, None) is None:
            self._lanes[tenant].waiting.pop(who)
        if not self._tenants:
            self._lanes.clear()
            self._order.clear()
            self._returned_order.clear()
            self._set_aside.clear()
            self._lengths.clear()
            self._present = 0.0

    def hold(self, tenant: str) -> None:
        """None of its tasks is next until it is released."""
        self._held.add(tenant)

    def release(self, tenant: str) -> None:
        """Its tasks may be next again; it has saved up no turns meanwhile."""
        if tenant not in self._held:
            return
        self._held.discard(tenant)
        for entry in self._set_aside.pop(tenant, ()):
            heapq.heappush(self._returned_order, entry)
        lane = self._lanes.get(tenant)
        if lane is not None and lane.waiting:
            lane.start = max(self._present, lane.start)
            if not lane.listed:
                self._list(lane, tenant)

    def first(self, *, returned: bool = True) -> Who | None:
        """Who is next; None when nobody is. Without `returned`, those who had a turn before are not asked for."""
        if returned and (who := self._first_returned()) is not None:
            return who
        lane = self._first_lane()
        return lane.head if lane else None

    def served(self, who: Who) -> None:
        """One that was next got what it waited for."""
        if who != self.first(returned=who in self._returned):
            raise ValueError("only the one that is next can be served")
        if who not in self._returned and (lane := self._first_lane()):
            self._present = lane.start
            lane.start += lane.step
        self.leave(who)

    def everybody(self) -> list[Who]:
        """All who wait."""
        return list(self._tenants)

    def length(self, tenant: str) -> int:
        """How many of a tenant's wait."""
        return self._lengths[tenant]

    def lengths(self) -> Counter[str]:
        """How many wait, by tenant."""
        return +self._lengths

    def _list(self, lane: _Lane[Who], tenant: str) -> None:
        lane.listed = True
        heapq.heappush(self._order, (lane.rank, tenant))

    def _first_returned(self) -> Who | None:
        while self._returned_order:
            who = self._returned_order[0][-1]
            if who not in self._returned:
                heapq.heappop(self._returned_order)
            elif self._tenants[who] in self._held:
                self._set_aside.setdefault(self._tenants[who], []).append(heapq.heappop(self._returned_order))
            else:
                return who
        return None

    def _first_lane(self) -> _Lane[Who] | None:
        while self._order:
            rank, tenant = self._order[0]
            lane = self._lanes[tenant]
            is_out = not lane.waiting or tenant in self._held
            if not is_out and rank == lane.rank:
                return lane
            if not is_out:
                heapq.heapreplace(self._order, (lane.rank, tenant))
            else:
                lane.listed = False
                heapq.heappop(self._order)
        return None
