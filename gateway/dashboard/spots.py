"""How large the regions' marks are on the map, and which of them have room for their names.

Pure.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

SMALLEST, LARGEST, CROWDED = 6.0, 22.0, 11.0
"""Radii, in units of the map: of a region with no worker, of the largest, and of that one among fifty."""

LETTER, LINE = 7.6, 15.0
"""The room of a letter of a label, and of its line."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A region on the map: where, how many slots its workers have, well or not, and whether something is wrong there."""

    x: float
    y: float
    slots: int
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether the two overlap."""
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom


def radii(spots: Mapping[str, Spot]) -> dict[str, float]:
    """The radius of each mark; the area above the smallest is as the slots."""
    most = max((spot.slots for spot in spots.values()), default=0) or 1
    largest = max(CROWDED, LARGEST - len(spots) * (LARGEST - CROWDED) / 50)
    return {name: round(SMALLEST + (largest - SMALLEST) * math.sqrt(spot.slots / most), 1) for name, spot in spots.items()}


def labelled(spots: Mapping[str, Spot], radius: Mapping[str, float]) -> set[str]:
    """The regions whose names stand below them without covering another name or mark: what is wrong first, then the largest."""
    marks = {name: _square(spot, radius[name]) for name, spot in spots.items()}
    placed: dict[str, Box] = {}
    for name in sorted(spots, key=lambda name: (not spots[name].is_bad, -spots[name].slots, name)):
        box = _label(name, spots[name], radius[name])
        others = (mark for other, mark in marks.items() if other != name)
        if not any(box.meets(other) for other in (*placed.values(), *others)):
            placed[name] = box
    return set(placed)


def _square(spot: Spot, radius: float) -> Box:
    return Box(spot.x - radius, spot.y - radius, spot.x + radius, spot.y + radius)


def _label(name: str, spot: Spot, radius: float) -> Box:
    half, top = len(name) * LETTER / 2, spot.y + radius + 2
    return Box(spot.x - half, top, spot.x + half, top + LINE)
