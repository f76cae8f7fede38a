"""When a callback is sent again."""

from hypothesis import given
from hypothesis import strategies as some

from gateway.callbacks.schedule import FIRST, LONGEST, SPREAD, next_try, pause_after

TRIES = some.integers(1, 10_000)
CHANCE = some.floats(0, 1)


def test_pauses_double_up_to_the_longest() -> None:
    assert [pause_after(tries, 0.5) for tries in (1, 2, 3, 4, 10, 11, 5000)] == [5, 10, 20, 40, 2560, 3600, 3600]


@given(TRIES, CHANCE)
def test_chance_moves_a_pause_by_no_more_than_it_may(tries: int, chance: float) -> None:
    middle = pause_after(tries, 0.5)
    assert (1 - SPREAD) * middle <= pause_after(tries, chance) <= (1 + SPREAD) * middle


@given(TRIES, CHANCE, some.floats(0, 1e9))
def test_the_receivers_wish_makes_it_longer_and_never_shorter_and_not_for_ever(tries: int, chance: float, wanted: float) -> None:
    pause = pause_after(tries, chance, wanted)
    assert pause_after(tries, chance) <= pause <= LONGEST * (1 + SPREAD)
    assert pause >= min(wanted, LONGEST) * (1 - SPREAD)


@given(some.floats(0.01, 200), CHANCE)
def test_it_is_tried_for_as_long_as_it_may_be_and_then_given_up(hours: float, chance: float) -> None:
    within, now, tries = hours * 3600, 1000.0, 0
    while (again := next_try(now, 1000.0, pause_after(tries + 1, chance), within)) is not None:
        assert now < again <= 1000.0 + within
        now, tries = again, tries + 1
    assert now + LONGEST * (1 + SPREAD) >= 1000.0 + within
    assert tries > 0 or within < FIRST * (1 + SPREAD)
