from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.view import Region
from gateway.place import Place
from gateway.rank import distance_km, rank
from tests.unit.gateway.conftest import LOCATIONS, make_region

PARIS, NEW_YORK, BENGALURU = (48.9, 2.4), (40.7, -74.0), (12.9, 77.6)


def order(regions: dict[str, Region], *places: Place) -> list[str] | None:
    ranked = rank(regions, places)
    return None if ranked is None else [one.region for one in ranked]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (PARIS, ["eu-west", "us-east", "ap-south"]),
        (NEW_YORK, ["us-east", "eu-west", "ap-south"]),
        (BENGALURU, ["ap-south", "eu-west", "us-east"]),
    ],
)
def test_a_clients_location_ranks_by_distance(
    three: dict[str, Region], location: tuple[float, float], expected: list[str]
) -> None:
    assert order(three, Place("p", location)) == expected


def test_a_clients_region_comes_first_and_then_what_is_near_it(three: dict[str, Region]) -> None:
    ranked = rank(three, [Place("it says so", region="ap-south")])
    assert [one.region for one in ranked or ()] == ["ap-south", "eu-west", "us-east"]
    assert [one.why for one in ranked or ()][:2] == ["it says so", "7605 km away (it says so: near ap-south)"]


def test_the_first_place_that_applies_counts(three: dict[str, Region]) -> None:
    assert order(three, Place("p", region="us-east"), Place("q", BENGALURU)) == ["us-east", "eu-west", "ap-south"]


def test_a_place_near_a_region_that_is_not_there_gives_way_to_the_next(
    three: dict[str, Region], region: Callable[..., Region]
) -> None:
    nowhere = {**three, "lost": region("lost", endpoint=None)}
    assert order(nowhere, Place("p", region="mars"), Place("q", region="lost"), Place("r", BENGALURU)) == [
        "ap-south", "eu-west", "us-east", "lost",
    ]  # fmt: skip


def test_where_no_place_applies_there_is_no_rank_by_place(three: dict[str, Region]) -> None:
    assert rank(three, [Place("p", region="mars")]) is None
    assert rank(three, []) is None


def test_a_region_without_a_location_is_farthest(three: dict[str, Region], region: Callable[..., Region]) -> None:
    last = (rank({**three, "lost": region("lost", endpoint=None)}, [Place("p", PARIS)]) or [])[-1]
    assert (last.region, last.why) == ("lost", "nobody knows where it is")


def test_every_place_in_the_ranking_has_its_reason(three: dict[str, Region]) -> None:
    first = (rank(three, [Place("203.0.113.7 is in 203.0.113.0/24", PARIS)]) or [])[0]
    assert first.why == "779 km away (203.0.113.7 is in 203.0.113.0/24)"


@pytest.mark.parametrize(
    ("here", "there", "km"),
    [
        ((0.0, 0.0), (0.0, 0.0), 0),
        ((0.0, 0.0), (0.0, 180.0), 20_015),
        ((90.0, 0.0), (-90.0, 0.0), 20_015),
        ((51.5, -0.13), (40.7, -74.0), 5_571),
        ((-17.0, 179.0), (-17.0, -179.0), 213),
    ],
    ids=["nowhere", "half the equator", "pole to pole", "London to New York", "over the date line"],
)
def test_distances(here: tuple[float, float], there: tuple[float, float], km: int) -> None:
    assert distance_km(here, there) == pytest.approx(km, abs=1.0)


degrees = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(degrees, degrees)
def test_a_distance_is_the_same_both_ways_and_never_over_half_the_globe(
    here: tuple[float, float], there: tuple[float, float]
) -> None:
    assert distance_km(here, there) == pytest.approx(distance_km(there, here))
    assert 0 <= distance_km(here, there) <= 20_016


named = st.sampled_from([*LOCATIONS, "mars"])
some_places = st.builds(Place, st.just("p"), degrees) | st.builds(Place, st.just("p"), region=named)


@given(st.lists(some_places))
def test_every_region_is_ranked_once_or_none(places: list[Place]) -> None:
    ranked = order({name: make_region(name) for name in LOCATIONS}, *places)
    assert ranked is None or sorted(ranked) == sorted(LOCATIONS)
