import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.roundtrip import MISSES, WEIGHT, RoundTrips


def test_the_first_sample_is_the_average_and_later_ones_pull_it() -> None:
    trips = RoundTrips()
    trips.measured("us", 0.1)
    assert trips.seconds == {"us": 0.1}
    trips.measured("us", 0.2)
    assert trips.seconds["us"] == pytest.approx(0.1 + WEIGHT * 0.1)


@given(st.lists(st.floats(0.001, 1.0), min_size=1))
def test_the_average_never_leaves_the_samples(samples: list[float]) -> None:
    trips = RoundTrips()
    for sample in samples:
        trips.measured("us", sample)
    assert min(samples) - 1e-9 <= trips.seconds["us"] <= max(samples) + 1e-9


def test_a_region_that_is_no_more_is_forgotten() -> None:
    trips = RoundTrips({"us": 0.1, "eu": 0.2})
    trips.keep_only({"eu", "ap"})
    assert trips.seconds == {"eu": 0.2}


def test_misses_in_a_row_cut_a_region_off_which_is_told_once_and_an_answer_ends_it() -> None:
    trips = RoundTrips()
    told = [trips.missed("us") for _ in range(MISSES + 1)]
    assert told == [False] * (MISSES - 1) + [True, False]
    assert trips.is_cut_off("us")
    trips.measured("us", 0.1)
    assert not trips.is_cut_off("us")
    assert not trips.missed("us")
