import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pace import LATEST, SOONEST, Pace


def test_a_queue_that_gives_a_turn_every_tenth_of_a_second_is_over_in_ten_for_a_hundred() -> None:
    pace = Pace()
    for tick in range(200):
        pace = pace.turn(tick / 10)
    assert pace.retry_after(100) == pytest.approx(10, abs=1)


def test_the_time_in_which_nobody_waited_says_nothing() -> None:
    pace = Pace(interval=0.1).turn(0.0).idle().turn(3600.0).turn(3600.1)
    assert pace.interval == pytest.approx(0.1)


@given(st.lists(st.floats(0, 1e4)), st.integers(0, 10**6))
def test_whatever_happened_the_answer_is_a_sane_number_of_seconds(gaps: list[float], waiting: int) -> None:
    pace, now = Pace(), 0.0
    for gap in gaps:
        now += gap
        pace = pace.turn(now)
    assert SOONEST <= pace.retry_after(waiting) <= LATEST
