import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearway.client.pauses import LONGEST, Pauses


def waits(pauses: Pauses, *, silent: bool, named: float | None = None, tries: int = 8) -> list[float]:
    now, found = 0.0, []
    for _ in range(tries):
        pauses, wait = pauses.after(now, named, 0.0, silent=silent)
        if wait is None:
            break
        found.append(wait)
        now += wait
    return found


def test_pauses_grow_to_the_longest() -> None:
    assert waits(Pauses(300, 60), silent=False) == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


def test_nothing_is_tried_after_its_time() -> None:
    assert waits(Pauses(4.0, 60), silent=False) == [0.25, 0.5, 1.0, 2.0]
    assert waits(Pauses(100.0, 60), silent=False, named=101.0) == []


def test_silence_is_endured_for_the_patience_and_an_answer_begins_it_anew() -> None:
    assert waits(Pauses(300, 3.0), silent=True) == [0.25, 0.5, 1.0]
    pauses, _ = Pauses(300, 3.0).after(0.0, None, 0.0, silent=True)
    pauses, wait = pauses.after(2.9, None, 0.0, silent=False)
    assert wait is not None
    assert pauses.after(5.9, None, 0.0, silent=True)[1] is not None


@given(st.floats(0, 1), st.integers(1, 12))
def test_no_pause_is_over_the_longest_or_under_half_of_the_shortest(jitter: float, tries: int) -> None:
    pauses, wait = Pauses(1e9, 1e9), None
    for _ in range(tries):
        pauses, wait = pauses.after(0.0, None, jitter, silent=True)
    assert wait == pytest.approx(min(LONGEST, 0.25 * 2 ** (tries - 1)) * (1 - jitter / 2))
