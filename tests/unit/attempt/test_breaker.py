import pytest
from hypothesis import given
from hypothesis import strategies as st

from attempt.breaker import LONGEST, THRESHOLD, Breaker
from attempt.outcome import Outcome


def after(*outcomes: Outcome, now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for outcome in outcomes:
        breaker = breaker.heard(outcome, now, jitter=0.0)
    return breaker


def test_it_is_closed_at_first_and_after_few_failures() -> None:
    assert Breaker().allows(0.0)
    assert after(Outcome.UNSENT, Outcome.UNSENT).allows(0.0)


@pytest.mark.parametrize("failure", [Outcome.UNSENT, Outcome.UNKNOWN])
def test_failures_in_a_row_open_it_for_a_pause(failure: Outcome) -> None:
    breaker = after(failure, failure, failure, now=10.0)
    assert not breaker.allows(10.9)
    assert breaker.allows(11.0)


@pytest.mark.parametrize("good", [Outcome.ACCEPTED, Outcome.ANSWERED, Outcome.REFUSED])
def test_any_word_of_a_worker_closes_it(good: Outcome) -> None:
    assert after(Outcome.UNSENT, Outcome.UNSENT, good, Outcome.UNSENT, Outcome.UNSENT).allows(0.0)
    assert after(*[Outcome.UNSENT] * 9, good) == Breaker()


def test_one_task_at_a_time_tests_it() -> None:
    testing = after(*[Outcome.UNSENT] * THRESHOLD).tried()
    assert not testing.allows(100.0)
    assert testing.heard(Outcome.ACCEPTED, 100.0, 0.0).allows(100.0)


def test_the_pauses_double_and_end() -> None:
    breaker, pauses = after(Outcome.UNSENT, Outcome.UNSENT), []
    for _ in range(7):
        breaker = breaker.tried().heard(Outcome.UNSENT, 0.0, jitter=0.0)
        pauses.append(breaker.until)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST, LONGEST]


@given(st.lists(st.sampled_from(Outcome)), st.floats(0, 1), st.floats(0, 1e6))
def test_it_is_never_shut_for_good(outcomes: list[Outcome], jitter: float, now: float) -> None:
    breaker = Breaker()
    for outcome in outcomes:
        breaker = breaker.tried().heard(outcome, now, jitter)
    assert breaker.allows(now + LONGEST)
