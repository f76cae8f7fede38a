"""Consul's network coordinates: what they say of the round trip between two datacenters before anybody has measured it.

Pure. Only servers have WAN coordinates. The rule for two of them: the distance of the vectors and both heights; with both
adjustments when that is above zero. Of two datacenters the median over all pairs of their servers counts.
https://developer.hashicorp.com/consul/docs/architecture/coordinates
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Coordinate:
    """Where a server is in the space of round trips. All in seconds."""

    vector: tuple[float, ...]
    height: float
    adjustment: float


Servers = Mapping[str, tuple[Coordinate, ...]]
"""The coordinates of each datacenter's servers."""


def parse_servers(body: Any) -> Servers:
    """An answer of `/v1/coordinate/datacenters`; KeyError, TypeError or ValueError when it has another shape."""
    found: dict[str, tuple[Coordinate, ...]] = {}
    for one in body:
        servers = tuple(_parse(server["Coord"]) for server in one["Coordinates"] or ())
        # One datacenter comes once for each network area it is in.
        found[str(one["Datacenter"])] = found.get(str(one["Datacenter"]), ()) + servers
    return found


def round_trips_from(own: str, servers: Servers) -> Mapping[str, float]:
    """Seconds from a datacenter to each that can be told of; to itself none."""
    told = {own: 0.0}
    for datacenter, theirs in servers.items():
        pairs = [(one, other) for one in servers.get(own, ()) for other in theirs if len(one.vector) == len(other.vector)]
        if pairs and datacenter != own:
            told[datacenter] = median(round_trip(one, other) for one, other in pairs)
    return told


def round_trip(one: Coordinate, other: Coordinate) -> float:
    """Seconds from one server to another."""
    plain = math.dist(one.vector, other.vector) + (one.height + other.height)
    adjusted = plain + (one.adjustment + other.adjustment)
    return adjusted if adjusted > 0 else plain


def _parse(coordinate: Mapping[str, Any]) -> Coordinate:
    vector = tuple(float(part) for part in coordinate["Vec"])
    height, adjustment = float(coordinate["Height"]), float(coordinate["Adjustment"])
    if not all(map(math.isfinite, (*vector, height, adjustment))):
        raise ValueError(f"a coordinate that is nowhere: {coordinate!r}")
    return Coordinate(vector, height, adjustment)
