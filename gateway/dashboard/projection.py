"""Where a location stands on the dashboard's map: the Equal Earth projection, on which areas are true to each other.

Pure. Šavrič, Patterson and Jenny, "The Equal Earth map projection", 2018: the polynomial and its coefficients are theirs.
"""

import math

WIDTH, HEIGHT = 1000.0, 438.0
"""Of the map, in its own units."""

NORTHMOST, SOUTHMOST = 84.0, -58.0
"""Degrees of latitude at the map's edges: where nobody lives, nothing is drawn."""

_A = (1.340264, -0.081106, 0.000893, 0.003796)


def on_map(latitude: float, longitude: float) -> tuple[float, float]:
    """`x` from the left and `y` from the top, in the map's units, of a location in degrees; at its edge what lies beyond."""
    x, y = _equal_earth(max(SOUTHMOST, min(NORTHMOST, latitude)), longitude)
    return round(WIDTH / 2 + x * _SCALE, 1), round((_TOP - y) * _SCALE, 1)


def _equal_earth(latitude: float, longitude: float) -> tuple[float, float]:
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    powers = [theta**power for power in (0, 2, 6, 8)]
    slope = sum(a * power * factor for a, power, factor in zip(_A, powers, (1, 3, 7, 9), strict=True))
    height = theta * sum(a * power for a, power in zip(_A, powers, strict=True))
    return 2 * math.sqrt(3) * math.radians(longitude) * math.cos(theta) / (3 * slope), height


_SCALE = WIDTH / 2 / _equal_earth(0, 180)[0]
_TOP = _equal_earth(NORTHMOST, 0)[1]
