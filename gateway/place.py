"""Where a client is: its address behind trusted proxies, and the place that its own word or the CIDR table gives it.

Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from gateway.config import Network, PlaceRow

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Place:
    """A client's place: a location (latitude, longitude), or the name of the region it is near. `why` is for the trail."""

    why: str
    location: tuple[float, float] | None = None
    region: str | None = None


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Iterable[Network]) -> Address:
    """The nearest address that is not one of our proxies.

    `X-Forwarded-For` is read from the right, since each proxy appends the address it saw; what stands left of the first
    untrusted address, or of one that can't be read, anybody may have written.
    """
    trusted = tuple(trusted)
    address = _unmapped(ip_address(peer))
    hops = [hop.strip() for field in forwarded_for for hop in field.split(",")]
    while hops and any(address in network for network in trusted):
        try:
            address = _unmapped(ip_address(hops.pop()))
        except ValueError:
            break
    return address


def is_trusted(peer: str, trusted: Iterable[Network]) -> bool:
    """Whether a connection's other end is one of our proxies."""
    address = _unmapped(ip_address(peer))
    return any(address in network for network in trusted)


def preferred(region: str | None) -> Place | None:
    """The place a client claims by naming the region it prefers."""
    return Place("the client prefers it", region=region) if region else None


def locate(address: Address, table: Iterable[PlaceRow]) -> Place | None:
    """The place of the narrowest network that holds the address; None when no network does."""
    rows = [row for row in table if address in row.cidr]
    if not rows:
        return None
    row = max(rows, key=lambda row: row.cidr.prefixlen)
    return Place(f"{address} is in {row.cidr}", row.location, row.region)


def _unmapped(address: Address) -> Address:
    # A socket open for both families tells of an IPv4 client as ::ffff:a.b.c.d.
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
