import json
from pathlib import Path

import pytest

from tools.outline import NEAR, area, main, parts, path, rings, simplified

SQUARE = [(0.0, 0.0), (40.0, 0.0), (40.0, 40.0), (0.0, 40.0), (0.0, 0.0)]


def topology() -> dict[str, object]:
    """A square of 40 degrees in two arcs, one of them backwards; in halves of a degree."""
    forth = [[0, 0], [80, 0], [0, 80]]
    back = [[0, 0], [0, 80], [80, 0]]
    transform = {"scale": [0.5, 0.5], "translate": [0.0, 0.0]}
    land = {"type": "MultiPolygon", "arcs": [[[0, ~1]]]}
    return {"arcs": [forth, back], "transform": transform, "objects": {"land": {"geometries": [land]}}}


def test_arcs_are_put_together_forth_and_back() -> None:
    (ring,) = rings(topology())
    assert ring == [(0.0, 0.0), (40.0, 0.0), (40.0, 40.0), (40.0, 40.0), (0.0, 40.0), (0.0, 0.0)]


def test_a_ring_over_the_edge_of_the_map_is_drawn_on_both_sides() -> None:
    over = [(170.0, 60.0), (179.0, 65.0), (-175.0, 66.0), (-172.0, 62.0), (178.0, 60.0)]
    assert parts(over) == [[(170.0, 60.0), (179.0, 65.0), (178.0, 60.0)], [(-175.0, 66.0), (-172.0, 62.0)]]
    assert parts(SQUARE) == [SQUARE]


def test_what_hardly_bends_a_line_is_left_out() -> None:
    line = [(0.0, 0.0), (1.0, NEAR * 0.9), (2.0, 0.0), (3.0, 5.0), (4.0, 0.0)]
    assert simplified(line) == [(0.0, 0.0), (2.0, 0.0), (3.0, 5.0), (4.0, 0.0)]
    assert area(SQUARE) == 1600


def test_specks_and_the_far_south_are_left_out() -> None:
    speck = [(0.0, 0.0), (0.1, 0.0), (0.1, 0.1), (0.0, 0.0)]
    south = [(x, y - 100.0) for x, y in SQUARE]
    assert path(iter([speck, south])) == ""
    assert path(iter([SQUARE])).startswith("M500 241.4l")


def test_it_is_run_with_the_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "land.json"
    source.write_text(json.dumps(topology()))
    assert main([str(source)]) == 0
    assert '<path class="land" d="M' in capsys.readouterr().out
    assert main([]) == 2
