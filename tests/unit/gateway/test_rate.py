import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rate import Bucket, Rate, parse_rate
from gateway.ratelimit import Quota, fields


@pytest.mark.parametrize(
    ("text", "burst", "rate"),
    [
        ("10/s", None, Rate(10.0, 10)),
        ("120/min", None, Rate(2.0, 120)),
        ("120/min", 5, Rate(2.0, 5)),
        ("3600/h", 1, Rate(1.0, 1)),
    ],
)
def test_a_rate_is_a_number_and_a_unit(text: str, burst: int | None, rate: Rate) -> None:
    assert parse_rate(text, burst) == rate


@pytest.mark.parametrize(
    "text", ["", "10", "10/m", "10/sec", "10 / s", "1.5/s", "-1/s", "0/s", "01/s", "10/s ", "\u0661/s", "99999999/s"]
)
def test_what_is_no_rate_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="write a number and s, min or h"):
        parse_rate(text)


def test_a_burst_may_come_at_once_and_then_as_many_as_the_rate_has() -> None:
    rate, bucket = Rate(2.0, 3), Bucket(3, 100.0)
    for left in (2, 1, 0):
        bucket = bucket.now(rate, 100.0).take()
        assert bucket.whole == left
    with pytest.raises(ValueError, match="empty"):
        bucket.take()
    assert (bucket.until_one(rate), bucket.until_full(rate)) == (0.5, 1.5)
    assert bucket.now(rate, 100.4).whole == 0
    assert bucket.now(rate, 100.5).whole == 1
    assert bucket.now(rate, 1000.0).whole == 3


def test_a_clock_that_went_back_gives_nothing_and_takes_nothing() -> None:
    rate = Rate(1.0, 5)
    assert Bucket(2.0, 100.0).now(rate, 50.0) == Bucket(2.0, 100.0)


RATES = st.builds(Rate, st.floats(0.001, 1000), st.integers(1, 1000))


@given(RATES, st.lists(st.floats(0, 1000), min_size=1, max_size=60))
def test_in_no_stretch_of_time_come_more_than_a_burst_and_what_the_rate_has(rate: Rate, gaps: list[float]) -> None:
    now, bucket = 0.0, Bucket(rate.burst, 0.0)
    came: list[float] = []
    for gap in gaps:
        now += gap
        bucket = bucket.now(rate, now)
        if bucket.whole:
            bucket = bucket.take()
            came.append(now)
    for first in range(len(came)):
        for last in range(first, len(came)):
            assert last - first + 1 <= rate.burst + (came[last] - came[first]) * rate.per_second + 1e-6


@given(RATES, st.floats(0, 100))
def test_who_waits_as_long_as_told_may_come(rate: Rate, tokens: float) -> None:
    bucket = Bucket(min(tokens, float(rate.burst)), 0.0)
    assert bucket.now(rate, bucket.until_one(rate)).whole >= 1
    assert bucket.now(rate, bucket.until_full(rate)).whole == rate.burst
    assert rate.window >= math.floor(rate.burst / rate.per_second)


def test_what_is_left_is_told_as_the_draft_has_it() -> None:
    assert fields([]) == {}
    assert fields([Quota("rate", 100, 60, 7, 55.2), Quota("daily", 5000, 86_400, 0, 3.0)]) == {
        "ratelimit-policy": '"rate";q=100;w=60, "daily";q=5000;w=86400',
        "ratelimit": '"rate";r=7;t=56, "daily";r=0;t=3',
    }
