from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.view import Region
from gateway.nearness import LEAST_MARGIN, MARGIN, Trip, by_round_trip, is_clearly_nearer, reorder, trips_to
from tests.unit.gateway.conftest import make_region

NAMES = ("a", "b", "c", "d", "e")


def trips(**milliseconds: float) -> dict[str, Trip]:
    return {name: Trip(value / 1000) for name, value in milliseconds.items()}


@pytest.mark.parametrize(
    ("before", "given", "expected"),
    [
        pytest.param("", trips(a=30, b=10, c=20), "bca", id="at first by round trip"),
        pytest.param("", trips(b=10, a=10), "ab", id="equally near ones by name"),
        pytest.param("ab", trips(a=100, b=91), "ab", id="9 % nearer is about as near"),
        pytest.param("ab", trips(a=100, b=90.1), "ab", id="under 10 % too"),
        pytest.param("ab", trips(a=100, b=89), "ba", id="11 % is nearer"),
        pytest.param("ab", trips(a=10, b=5), "ab", id="5 ms is about as near, be it half"),
        pytest.param("ab", trips(a=10, b=4.9), "ba", id="over 5 ms and over 10 % is nearer"),
        pytest.param("abc", trips(a=100, b=92, c=84), "bca", id="one clearly nearer passes those that are not"),
        pytest.param("ab", trips(a=10, b=10, c=1), "cab", id="a new one goes before those it is clearly nearer than"),
        pytest.param("ab", trips(a=10, b=10, c=9), "abc", id="and else behind them"),
        pytest.param("ba", trips(a=10, b=10), "ba", id="what was first stays first"),
        pytest.param("abc", trips(b=10), "bac", id="without a round trip last, by name"),
        pytest.param("cb", trips(), "abc", id="and so are all without any"),
    ],
)
def test_the_order(before: str, given: dict[str, Trip], expected: str) -> None:
    assert "".join(reorder(tuple(before), set(expected), given)) == expected


def test_a_region_that_is_gone_is_in_the_order_no_more() -> None:
    assert reorder(("a", "b"), {"b"}, trips(a=1, b=2)) == ("b",)


seconds = st.floats(0, 2, allow_subnormal=False)
some_trips = st.dictionaries(st.sampled_from(NAMES), st.builds(Trip, seconds, st.booleans()))
orders = st.permutations(NAMES).map(tuple)


@given(orders, st.sets(st.sampled_from(NAMES)), some_trips)
def test_it_is_a_permutation_in_which_nothing_stands_behind_what_it_is_clearly_nearer_than(
    before: tuple[str, ...], regions: set[str], known: dict[str, Trip]
) -> None:
    order = reorder(before, regions, known)
    assert sorted(order) == sorted(regions)
    told = [name for name in order if name in known]
    assert list(order) == told + sorted(regions - known.keys())
    for place, name in enumerate(told):
        assert not any(is_clearly_nearer(known[behind].seconds, known[name].seconds) for behind in told[place + 1 :])


@given(orders, some_trips)
def test_what_is_in_order_stays_as_it_is(before: tuple[str, ...], known: dict[str, Trip]) -> None:
    order = reorder(before, known, known)
    assert reorder(order, known, known) == order
    assert reorder(order, list(reversed(order)), dict(reversed(known.items()))) == order, "no order but the one given counts"


draws = st.lists(st.floats(0, 1), min_size=len(NAMES), max_size=len(NAMES))


def noisy(true: dict[str, float], draw: list[float], share: float) -> dict[str, Trip]:
    """True round trips with noise on top, up to a share of the margin."""
    margins = {name: share * max(LEAST_MARGIN, MARGIN * value) for name, value in true.items()}
    return {name: Trip(true[name] + part * margins[name]) for name, part in zip(true, draw, strict=False)}


@given(st.dictionaries(st.sampled_from(NAMES), st.floats(0.001, 1)), st.lists(draws, min_size=2))
def test_noise_of_half_a_margin_never_changes_the_order_of_however_many(true: dict[str, float], noise: list[list[float]]) -> None:
    order = reorder((), true, noisy(true, noise[0], 0.49))
    for draw in noise[1:]:
        assert reorder(order, true, noisy(true, draw, 0.49)) == order


@given(st.floats(0.001, 1), st.floats(0.8, 1.25), st.lists(draws, min_size=2))
def test_noise_of_a_margin_turns_two_regions_round_once_at_most(one: float, ratio: float, noise: list[list[float]]) -> None:
    true = {"a": one, "b": one * ratio}
    orders = [reorder((), true, noisy(true, noise[0], 0.99))]
    for draw in noise[1:]:
        orders.append(reorder(orders[-1], true, noisy(true, draw, 0.99)))
    assert sum(before != after for before, after in pairwise(orders)) <= 1


@given(orders, some_trips.filter(lambda known: len(known) >= 2))
def test_a_lasting_difference_wins_whatever_was_before(before: tuple[str, ...], known: dict[str, Trip]) -> None:
    order = reorder(before, known, known)
    for one in known:
        for other in known:
            if is_clearly_nearer(known[one].seconds, known[other].seconds):
                assert order.index(one) < order.index(other)


def test_a_round_trip_is_the_measured_one_and_consuls_until_then(three: dict[str, Region]) -> None:
    told = trips_to(three, {"us-east": 0.001}, {"us-east": 0.5, "eu-west": 0.08})
    assert told == {"us-east": Trip(0.001), "eu-west": Trip(0.08, measured=False)}
    assert trips_to({"r": make_region("r", endpoint=None)}, {}, {"r": 0.1}) == {}


def test_the_order_tells_its_reasons() -> None:
    known = {"a": Trip(0.0124), "b": Trip(0.0121), "c": Trip(0.08, measured=False)}
    assert [one.why for one in by_round_trip(("a", "b", "c", "d"), known)] == [
        "round trip 12.4 ms, about as near as b and there before",
        "round trip 12.1 ms",
        "round trip 80.0 ms by Consul's coordinates",
        "round trip not known",
    ]
