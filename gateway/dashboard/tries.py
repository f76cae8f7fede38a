"""How often somebody may try to sign in: so often a minute with wrong keys, by address.

Pure.
"""

from collections import OrderedDict, deque
from ipaddress import IPv6Address, ip_network

from gateway.place import Address

MOST, WITHIN = 10, 60.0
"""Wrong keys from one address, within so many seconds."""

MOST_ADDRESSES = 10_000
"""That are remembered; those that tried longest ago are forgotten first."""


class Tries:
    """Of one gateway. Times are of one clock, in seconds."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, address: Address, now: float) -> float:
        """Seconds until the address may try again; 0 when it may now."""
        failed = self._failed.get(_place(address))
        if failed is None or len(failed) < MOST:
            return 0.0
        return max(0.0, failed[0] + WITHIN - now)

    def failed(self, address: Address, now: float) -> None:
        """It showed a wrong key."""
        place = _place(address)
        self._failed.setdefault(place, deque(maxlen=MOST)).append(now)
        self._failed.move_to_end(place)
        if len(self._failed) > MOST_ADDRESSES:
            self._failed.popitem(last=False)


def _place(address: Address) -> str:
    # Who has one address of IPv6 has 2^64 of them (RFC 6177).
    return str(ip_network((address, 64), strict=False) if isinstance(address, IPv6Address) else address)
