"""Ranking regions, nearest first, by the client's place. Where none is known the round trips decide: `nearness.py`.

Pure.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from discovery.view import Region
from gateway.place import Place

EARTH_RADIUS_KM = 6371.0088
"""The mean radius (IUGG)."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A region's name and why it stands where it does."""

    region: str
    why: str


def rank(regions: Mapping[str, Region], places: Sequence[Place]) -> list[Ranked] | None:
    """All regions, nearest to the first of the places that applies; equally near ones by name. None when no place applies.

    A place near a region applies when that region has an endpoint: else nobody knows where it is, and no task could go there.
    """
    for place in places:
        if place.location is not None:
            return _near(place.location, regions, place.why)
        region = regions.get(place.region or "")
        location = _location(region) if region else None
        if region and location:
            others = {name: one for name, one in regions.items() if one is not region}
            return [Ranked(region.name, place.why), *_near(location, others, f"{place.why}: near {region.name}")]
    return None


# Every task asks it of every region, and the places of clients are few.
@lru_cache(4096)
def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """The great-circle distance between two locations in degrees, by the haversine formula."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, one)) for one in (here, there))
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def _near(location: tuple[float, float], regions: Mapping[str, Region], why: str) -> list[Ranked]:
    def distance(region: Region) -> float:
        there = _location(region)
        return distance_km(location, there) if there else math.inf

    far = sorted((distance(region), name) for name, region in regions.items())
    return [Ranked(name, f"{km:.0f} km away ({why})" if km < math.inf else "nobody knows where it is") for km, name in far]


def _location(region: Region) -> tuple[float, float] | None:
    return region.endpoints[0].location if region.endpoints else None
