import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.coordinates import Coordinate, parse_servers, round_trip, round_trips_from
from discovery.query import Coordinates, OwnDatacenter
from discovery.view import View


def at(x: float, y: float = 0.0, *, height: float = 0.0, adjustment: float = 0.0) -> Coordinate:
    return Coordinate((x, y), height, adjustment)


def entry(datacenter: str, *vectors: list[float]) -> dict[str, Any]:
    servers = [{"Node": "n", "Coord": {"Vec": one, "Error": 1.5, "Adjustment": 0.001, "Height": 1e-05}} for one in vectors]
    return {"Datacenter": datacenter, "AreaID": "wan", "Coordinates": servers}


@pytest.mark.parametrize(
    ("one", "other", "seconds"),
    [
        pytest.param(at(0), at(0.03, 0.04), 0.05, id="the distance"),
        pytest.param(at(0, height=0.001), at(0.03, 0.04, height=0.002), 0.053, id="and both heights"),
        pytest.param(at(0, adjustment=-0.01), at(0.03, 0.04, adjustment=0.002), 0.042, id="and both adjustments"),
        pytest.param(at(0, adjustment=-0.03), at(0.03, 0.04, adjustment=-0.03), 0.05, id="unless that is below zero"),
    ],
)
def test_the_round_trip_of_two_servers(one: Coordinate, other: Coordinate, seconds: float) -> None:
    assert round_trip(one, other) == pytest.approx(seconds)


def test_of_two_datacenters_the_median_over_their_servers_counts() -> None:
    servers = {"here": (at(0), at(0.001)), "there": (at(0.05), at(0.06), at(9.0)), "empty": ()}
    assert round_trips_from("here", servers) == {"here": 0.0, "there": pytest.approx(0.0595)}


def test_nothing_is_told_of_others_where_the_own_servers_have_no_coordinates_or_such_of_another_space() -> None:
    assert round_trips_from("here", {"there": (at(1),)}) == {"here": 0.0}
    assert round_trips_from("here", {"here": (Coordinate((0.0,), 0, 0),), "there": (at(1),)}) == {"here": 0.0}


def test_an_answer_of_consul_is_read() -> None:
    servers = parse_servers([entry("a", [0.0, 0.1]), entry("b"), entry("a", [0.2, 0.3])])
    assert servers == {"a": (Coordinate((0.0, 0.1), 1e-05, 0.001), Coordinate((0.2, 0.3), 1e-05, 0.001)), "b": ()}
    assert Coordinates().read(None) == {}


@pytest.mark.parametrize("body", ["x", [1], [{}], [{"Datacenter": "a", "Coordinates": [{}]}], [entry("a", [math.nan])], {"a": 1}])
def test_what_is_no_such_answer_is_an_error(body: Any) -> None:
    with pytest.raises(ValueError, match="coordinates that can't be read"):
        Coordinates().read(body)


def test_the_view_tells_round_trips_once_it_knows_where_it_asks_from() -> None:
    servers = parse_servers([entry("a", [0.0]), entry("b", [0.08])])
    view = View().answered(Coordinates(), servers, 1.0)
    assert view.round_trips() == {}
    view = view.answered(OwnDatacenter(), OwnDatacenter().read({"Config": {"Datacenter": "a"}}), 1.0)
    assert view.round_trips() == {"a": 0.0, "b": pytest.approx(0.08202)}
    assert view.datacenters == ()


finite = st.floats(-1, 1)
coordinates = st.builds(Coordinate, st.tuples(finite, finite), st.floats(0, 1), finite)


@given(coordinates, coordinates)
def test_a_round_trip_is_the_same_both_ways_and_never_below_zero(one: Coordinate, other: Coordinate) -> None:
    assert round_trip(one, other) == pytest.approx(round_trip(other, one))
    assert round_trip(one, other) >= 0
