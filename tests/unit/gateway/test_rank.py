from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.view import Region
from gateway.place import Place
from gateway.rank import distance_km, rank

PARIS, NEW_YORK, BENGALURU = (48.9, 2.4), (40.7, -74.0), (12.9, 77.6)


def order(regions: dict[str, Region], **given: object) -> list[str]:
    arguments = {"preference": None, "place": None, "round_trips": {}, **given}
    return [one.region for one in rank(regions, **arguments)]  # type: ignore[arg-type]


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
    assert order(three, place=Place("p", location)) == expected


def test_a_clients_region_comes_first_and_then_what_is_near_it(three: dict[str, Region]) -> None:
    assert order(three, place=Place("p", region="ap-south")) == ["ap-south", "eu-west", "us-east"]


def test_the_requests_own_preference_beats_its_place(three: dict[str, Region]) -> None:
    assert order(three, preference="us-east", place=Place("p", BENGALURU)) == ["us-east", "eu-west", "ap-south"]


def test_a_preference_for_a_region_that_is_not_there_gives_way_to_the_place(three: dict[str, Region]) -> None:
    assert order(three, preference="mars", place=Place("p", BENGALURU))[0] == "ap-south"


def test_without_a_place_the_round_trips_decide_and_the_unmeasured_are_last(three: dict[str, Region]) -> None:
    assert order(three, round_trips={"eu-west": 0.08, "us-east": 0.01}) == ["us-east", "eu-west", "ap-south"]


def test_a_place_near_a_region_that_is_gone_falls_back_to_the_round_trips(three: dict[str, Region]) -> None:
    assert order(three, place=Place("p", region="mars"), round_trips={"eu-west": 0.01})[0] == "eu-west"


def test_a_region_without_a_location_is_farthest(three: dict[str, Region], region: Callable[..., Region]) -> None:
    assert order({**three, "lost": region("lost", endpoint=None)}, place=Place("p", PARIS))[-1] == "lost"


def test_every_place_in_the_ranking_has_its_reason(three: dict[str, Region]) -> None:
    first = rank(three, None, Place("203.0.113.7 is in 203.0.113.0/24", PARIS), {})[0]
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


@given(st.none() | st.sampled_from(["us-east", "mars"]), st.none() | degrees, st.dictionaries(st.text(), st.floats(0, 1)))
def test_every_region_is_ranked_once(
    preference: str | None, location: tuple[float, float] | None, trips: dict[str, float]
) -> None:
    from tests.unit.gateway.conftest import LOCATIONS, make_region

    regions = {name: make_region(name) for name in LOCATIONS}
    place = Place("p", location) if location else None
    assert sorted(order(regions, preference=preference, place=place, round_trips=trips)) == sorted(regions)
