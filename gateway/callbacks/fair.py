"""Which callbacks are sent now, so that a receiver that does not answer holds up nobody else's.

Pure.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

MOST, OF_A_TENANT, TO_A_HOST = 64, 32, 4
"""How many are under way at once."""


@dataclass(frozen=True, slots=True)
class Due:
    """A callback whose time has come."""

    task: str
    tenant: str
    host: str


@dataclass(slots=True)
class UnderWay:
    """Those that are being sent."""

    hosts: Counter[str] = field(default_factory=Counter)
    tenants: Counter[str] = field(default_factory=Counter)

    def begin(self, one: Due) -> None:
        """It is being sent."""
        self.hosts[one.host] += 1
        self.tenants[one.tenant] += 1

    def end(self, one: Due) -> None:
        """It was sent, or not."""
        for counter, name in ((self.hosts, one.host), (self.tenants, one.tenant)):
            counter[name] -= 1
            if not counter[name]:
                del counter[name]

    @classmethod
    def full(cls) -> Self:
        """Nothing may go beside it."""
        return cls(Counter({"": MOST}))

    @property
    def room(self) -> int:
        """How many more may be."""
        return MOST - self.hosts.total()

    @property
    def full_hosts(self) -> list[str]:
        """To which nothing is sent now."""
        return [host for host, count in self.hosts.items() if count >= TO_A_HOST]

    @property
    def full_tenants(self) -> list[str]:
        """Of whom nothing is sent now."""
        return [tenant for tenant, count in self.tenants.items() if count >= OF_A_TENANT]

    def chosen(self, due: Iterable[Due]) -> list[Due]:
        """As many of them as may go beside these, the first before the last."""
        then, chosen = UnderWay(self.hosts.copy(), self.tenants.copy()), []
        for one in due:
            if then.room > 0 and then.hosts[one.host] < TO_A_HOST and then.tenants[one.tenant] < OF_A_TENANT:
                then.begin(one)
                chosen.append(one)
        return chosen
