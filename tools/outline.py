"""`python -m tools.outline land-110m.json`: the outline of the land as the dashboard draws it, on standard output.

The source is Natural Earth's land at 1:110 million, which is in the public domain (naturalearthdata.com/about/terms-of-use),
as TopoJSON: `land-110m.json` of the npm package `world-atlas` 2.0.2 is just that.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from gateway.dashboard.projection import SOUTHMOST, on_map

NEAR = 0.5
"""Units of the map by which a line may miss the true one."""

SMALLEST = 1.5
"""Square units: islands that are smaller would be specks."""

Point = tuple[float, float]

_HEAD = """\
{#- The land. Made by tools/outline.py from Natural Earth's land at 1:110 million (naturalearthdata.com), public domain. #}
"""


def main(arguments: Sequence[str]) -> int:
    """0; 2 for wrong use."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}")
        return 2
    topology = json.loads(Path(arguments[0]).read_text())
    sys.stdout.write(f'{_HEAD}<path class="land" d="{path(rings(topology))}"/>\n')
    return 0


def rings(topology: Any) -> Iterator[list[Point]]:
    """Every ring of the land, as longitudes and latitudes in degrees."""
    arcs = [list(_degrees(arc, topology["transform"])) for arc in topology["arcs"]]
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]:
            for ring in polygon:
                yield [point for number in ring for point in (arcs[number] if number >= 0 else arcs[~number][::-1])]


def path(land: Iterator[list[Point]]) -> str:
    """The rings as the data of an SVG path, in the map's units."""
    drawn = []
    for ring in land:
        if max(latitude for _, latitude in ring) <= SOUTHMOST:
            continue
        for part in parts(ring):
            points = simplified([on_map(latitude, longitude) for longitude, latitude in part])
            if len(points) > 3 and area(points) >= SMALLEST:
                drawn.append(_ring(points))
    return "".join(drawn)


def parts(ring: Sequence[Point]) -> list[list[Point]]:
    """A ring that crosses the map's edge, at 180 degrees of longitude, as one on each side."""
    sides: tuple[list[Point], list[Point]] = ([], [])
    side = 0
    for before, point in zip([ring[0], *ring], ring, strict=False):
        if abs(point[0] - before[0]) > 180:
            side = 1 - side
        sides[side].append(point)
    return [one for one in sides if one]


def simplified(points: Sequence[Point]) -> list[Point]:
    """Fewer points, none of the others farther than `NEAR` from the line through them (Douglas and Peucker, 1973)."""
    if len(points) < 3:
        return list(points)
    first, last = points[0], points[-1]
    distance, number = max((_distance(point, first, last), number) for number, point in enumerate(points[1:-1], 1))
    if distance <= NEAR:
        return [first, last]
    return simplified(points[: number + 1])[:-1] + simplified(points[number:])


def area(ring: Sequence[Point]) -> float:
    """The area within (the shoelace formula)."""
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2


def _degrees(arc: list[list[int]], transform: dict[str, list[float]]) -> Iterator[Point]:
    # TopoJSON 1.0 §2.1.3: whole numbers, each the difference to the one before, to be scaled and moved.
    (scale_x, scale_y), (move_x, move_y) = transform["scale"], transform["translate"]
    x = y = 0
    for dx, dy in arc:
        x, y = x + dx, y + dy
        yield x * scale_x + move_x, y * scale_y + move_y


def _distance(point: Point, first: Point, last: Point) -> float:
    (x, y), (x1, y1), (x2, y2) = point, first, last
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    if length == 0:
        return float(((x - x1) ** 2 + (y - y1) ** 2) ** 0.5)
    return float(abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length)


def _ring(points: Sequence[Point]) -> str:
    tenths = [(round(x * 10), round(y * 10)) for x, y in points]
    steps = [(x - before_x, y - before_y) for (before_x, before_y), (x, y) in pairwise(tenths)]
    x, y = tenths[0]
    return f"M{_number(x)} {_number(y)}l" + " ".join(f"{_number(dx)} {_number(dy)}" for dx, dy in steps) + "z"


def _number(tenths: int) -> str:
    return f"{tenths / 10:g}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
