"""Ranking regions, nearest first: by the client's preference, its place, or else the gateway's own round-trip times.

Pure.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from discovery.view import Region
from gateway.place import Place

EARTH_RADIUS_KM = 6371.0088
"""The mean radius (IUGG)."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A region's name and why it stands where it does."""

    region: str
    why: str


def rank(
    regions: Mapping[str, Region], preference: str | None, place: Place | None, round_trips: Mapping[str, float]
) -> list[Ranked]:
    """All regions, nearest first; equally near ones by name. `round_trips` in seconds, absent where not measured."""
    if preference is not None and preference in regions:
        return _first(preference, _near_region(preference, regions, "Nearway-Region"), "the client prefers it")
    if place is not None and place.location is not None:
        return _near(place.location, regions, place.why)
    if place is not None and place.region is not None and place.region in regions:
        return _first(place.region, _near_region(place.region, regions, place.why), place.why)
    return _by_round_trip(regions, round_trips)


def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """The great-circle distance between two locations in degrees, by the haversine formula."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, one)) for one in (here, there))
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def _first(name: str, others: list[Ranked], why: str) -> list[Ranked]:
    return [Ranked(name, why), *(one for one in others if one.region != name)]


def _near_region(name: str, regions: Mapping[str, Region], why: str) -> list[Ranked]:
    location = _location(regions[name])
    return _near(location, regions, f"{why}: near {name}") if location else _by_name(regions)


def _near(location: tuple[float, float], regions: Mapping[str, Region], why: str) -> list[Ranked]:
    def distance(region: Region) -> float:
        there = _location(region)
        return distance_km(location, there) if there else math.inf

    ranked = sorted(regions.values(), key=lambda region: (distance(region), region.name))
    return [Ranked(region.name, f"{distance(region):.0f} km away ({why})") for region in ranked]


def _by_round_trip(regions: Mapping[str, Region], round_trips: Mapping[str, float]) -> list[Ranked]:
    ranked = sorted(regions, key=lambda name: (round_trips.get(name, math.inf), name))
    return [
        Ranked(name, f"round trip {round_trips[name] * 1000:.1f} ms" if name in round_trips else "round trip not measured")
        for name in ranked
    ]


def _by_name(regions: Mapping[str, Region]) -> list[Ranked]:
    return [Ranked(name, "no place is known") for name in sorted(regions)]


def _location(region: Region) -> tuple[float, float] | None:
    return region.endpoints[0].location if region.endpoints else None
