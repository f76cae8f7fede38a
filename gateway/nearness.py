"""How near the regions are by round trip, and their order by it, which near-equal regions do not make flap.

Pure. A round trip is what this gateway measured, until then what Consul's coordinates say of the region's datacenter.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from discovery.view import Region
from gateway.rank import Ranked

MARGIN = 0.10
"""A region moves before another when its round trip is shorter by more than this share of the other's,"""

LEAST_MARGIN = 0.005
"""and by more than this (seconds), which is what a busy host adds now and then."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A round trip (seconds), and whether it was measured or is Consul's guess."""

    seconds: float
    measured: bool = True

    def __str__(self) -> str:
        return f"round trip {self.seconds * 1000:.1f} ms" + ("" if self.measured else " by Consul's coordinates")


def trips_to(
    regions: Mapping[str, Region], measured: Mapping[str, float], datacenters: Mapping[str, float]
) -> Mapping[str, Trip]:
    """The round trip to each region of which something is known: measured ones, and those of Consul to `datacenters`."""
    trips = {}
    for name, region in regions.items():
        guesses = [datacenters[one.datacenter] for one in region.endpoints if one.datacenter in datacenters]
        if name in measured:
            trips[name] = Trip(measured[name])
        elif guesses:
            trips[name] = Trip(min(guesses), measured=False)
    return trips


def reorder(before: Sequence[str], regions: Collection[str], trips: Mapping[str, Trip]) -> tuple[str, ...]:
    """The regions, nearest first, in the order they had before as far as no region stands behind one it is clearly nearer than.

    Clearly nearer is a partial order without cycles, so there always is a region that no other is clearly nearer than. A
    region that is new stands where its round trip puts it among the new, behind those there were. Without any it is last.
    """
    new = sorted((name for name in regions if name in trips and name not in before), key=lambda name: (trips[name].seconds, name))
    left = [name for name in before if name in regions and name in trips] + new
    order = []
    while left:
        nearest = min(trips[name].seconds for name in left)
        following = next(name for name in left if not is_clearly_nearer(nearest, trips[name].seconds))
        left.remove(following)
        order.append(following)
    return (*order, *sorted(name for name in regions if name not in trips))


def is_clearly_nearer(one: float, other: float) -> bool:
    """Whether one round trip (seconds) is shorter than the other by so much that it counts."""
    return other - one > max(LEAST_MARGIN, MARGIN * other)


def by_round_trip(order: Sequence[str], trips: Mapping[str, Trip]) -> list[Ranked]:
    """The order with its reasons."""
    return [Ranked(name, _why(name, order[place + 1 :], trips)) for place, name in enumerate(order)]


def _why(name: str, behind: Sequence[str], trips: Mapping[str, Trip]) -> str:
    if name not in trips:
        return "round trip not known"
    nearer = [other for other in behind if other in trips and trips[other].seconds < trips[name].seconds]
    return f"{trips[name]}" + (f", about as near as {nearer[0]} and there before" if nearer else "")
