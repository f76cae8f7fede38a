"""Which gateways that share a ledger are there: each renews its lease of the rows that are its own.

Pure. All times are the database's own (seconds since 1970), so that no gateway's clock is asked. A gateway that is frozen or cut
off knows nothing of a lease that has ended: what keeps it from submitting is that its row is another's by then (`schema.py`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from contract.submitted import Submitted
from gateway.ledger.record import Record, State

BEAT = 2.0
"""Seconds between two renewals."""

LEASE = 10.0
"""Seconds after its last renewal for which a gateway counts as there: some renewals may be lost or late."""

MARGIN = 10.0
"""Seconds after its deadline from which on nobody carries a task any more."""


@dataclass(frozen=True, slots=True)
class Me:
    """A gateway from its start to its end. `run` is its own and never used again; `gateway` is its host and port, for people."""

    run: str
    gateway: str


@dataclass(frozen=True, slots=True)
class Leases:
    """As the gateway `run` sees them at `now`: when each gateway's ends, and since when its own is renewed without a gap."""

    run: str
    now: float
    since: float
    until: Mapping[str, float]

    @property
    def may_judge(self) -> bool:
        """Who could not renew its own judges nobody for as long as one lasts: perhaps the database was away, for all of them."""
        return self.now - self.since >= LEASE

    @property
    def living(self) -> list[str]:
        """The gateways that are there."""
        return [self.run, *(run for run, until in self.until.items() if until >= self.now)]

    def leaves(self, record: Record) -> bool:
        """Whether a record that has no end is this gateway's own, or nobody carries it any more: its gateway is gone, or its time
        is over. Those of earlier versions have no lease."""
        is_gone = record.run is not None and self.may_judge and record.run not in self.living
        return record.run == self.run or is_gone or self.now > record.deadline + MARGIN


def alone(run: str) -> Leases:
    """No other gateway writes to this ledger: whoever has left something in it is gone."""
    return Leases(run, now=math.inf, since=-math.inf, until={})


@dataclass(frozen=True, slots=True)
class Seen:
    """A task as another gateway has it. `left`: it has no end, and nobody carries it on."""

    record: Record
    left: bool

    @property
    def is_accepted(self) -> bool:
        """Whether its answer can be waited for."""
        return self.record.state is State.ACCEPTED and self.record.location is not None

    @property
    def came_to_nothing(self) -> bool:
        """Whether it is over, and cost nothing."""
        return self.record.ended is not None and self.record.money is Submitted.NO

    @property
    def is_settled(self) -> bool:
        """Whether there is something to be done about it, or told."""
        return self.left or self.is_accepted or self.record.ended is not None
