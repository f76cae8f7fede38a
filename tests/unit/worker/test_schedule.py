"""The grid of looks, and what a wait does on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.methods import KINDS
from worker.schedule import around, next_look

V2 = KINDS["recaptcha_v2"]
IMAGE = KINDS["image"]
_ages = st.floats(-100, 100_000)
_kinds = st.sampled_from(list(KINDS.values()))


def points(name: str, up_to: float) -> list[float]:
    found: list[float] = []
    while not found or found[-1] <= up_to:
        found.append(around(KINDS[name], found[-1] if found else -1.0).after)
    return found[:-1]


def test_the_grid_is_the_first_wait_then_intervals_that_widen() -> None:
    assert points("recaptcha_v2", 80) == [15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 75]
    assert points("image", 80) == [1, 6, 11, 16, 21, 26, 31, 36, 41, 46, 51, 56, 61, 76]
    assert points("recaptcha_v2", 300)[-7:] == [75, 90, 105, 120, 165, 210, 255, 300][-7:]


@pytest.mark.parametrize("name", KINDS)
def test_a_task_never_solved_stays_within_the_budget_of_twenty_looks(name: str) -> None:
    assert len(points(name, 300)) <= 20
    assert len(points(name, 60)) <= 12


@given(_kinds, _ages)
def test_the_points_around_an_age_are_neighbours(kind: object, age: float) -> None:
    row = KINDS[getattr(kind, "name", "")]
    between = around(row, age)
    assert between.after > age
    assert between.before is None or between.before <= age
    assert (between.before is None) == (age < row.first_wait)
    if between.before is not None:
        assert around(row, between.before).after == between.after
        assert 5 <= between.after - between.before <= 45


def test_a_very_old_task_costs_no_time() -> None:
    assert around(V2, 1e12).after > 1e12


@pytest.mark.parametrize(
    ("age", "until", "last", "look"),
    [
        pytest.param(0, 300, None, 15, id="a new task is left alone for the first wait"),
        pytest.param(15, 300, 15, 20, id="after a look, the next point"),
        pytest.param(15.3, 300, 15, 20, id="a slow look does not move the grid"),
        pytest.param(17, 300, None, 20, id="another worker that goes on waits for the next point too"),
        pytest.param(17, 18, None, 17, id="a short wait with no point in it looks at once"),
        pytest.param(17, 17, None, 17, id="no wait at all looks at once"),
        pytest.param(17, 18, 16, None, id="but not twice between two points"),
        pytest.param(17, 18, 14, 17, id="a look from before the last point does not count"),
        pytest.param(3, 10, None, None, id="before the first point there is nothing to see"),
        pytest.param(-30, 5, None, None, id="clocks that differ"),
        pytest.param(59, 300, 55, 60, id="the last narrow step"),
        pytest.param(60, 300, 60, 75, id="the first wide step"),
    ],
)
def test_next_look(age: float, until: float, last: float | None, look: float | None) -> None:
    assert next_look(V2, age, until, last) == look


def test_speed_divides_the_grid() -> None:
    assert next_look(V2, 0, 300, None, speed=10) == 1.5
    assert next_look(V2, 1.5, 300, 1.5, speed=10) == 2.0


@given(_kinds, st.floats(0, 300), st.lists(st.floats(0, 40), min_size=1, max_size=20))
def test_however_the_waits_are_cut_one_worker_looks_once_a_point(kind: object, start: float, waits: list[float]) -> None:
    row = KINDS[getattr(kind, "name", "")]
    age, last, looks = start, None, 0
    for wait in waits:
        until = age + wait
        while (look := next_look(row, age, until, last)) is not None:
            age, last, looks = max(age, look), max(age, look), looks + 1
        age = until
    passed = around(row, start).before
    reached = around(row, age).before
    possible = 0 if reached is None else len([p for p in points(row.name, reached) if passed is None or p >= passed])
    assert looks <= possible
