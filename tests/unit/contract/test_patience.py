from hypothesis import given
from hypothesis import strategies as st

from contract.patience import LEAST_RATE, MOST, Patience

WAITS = st.lists(st.tuples(st.floats(0.001, 10), st.integers(0, 100_000)), max_size=50)


def test_who_says_nothing_has_20_s() -> None:
    assert Patience().after(12, 0).left == MOST - 12
    assert Patience().after(30, 0).left == 0


@given(WAITS)
def test_it_never_lasts_longer_than_20_s_without_a_byte(waits: list[tuple[float, int]]) -> None:
    patience = Patience()
    for seconds, received in waits:
        patience = patience.after(seconds, received)
        assert 0 <= patience.left <= MOST


@given(st.lists(st.floats(0.001, 10), max_size=50))
def test_who_keeps_the_pace_is_never_cut_off(waits: list[float]) -> None:
    patience = Patience()
    for seconds in waits:
        patience = patience.after(seconds, round(seconds * LEAST_RATE) + 1)
        assert patience.left > MOST - 0.1


def test_who_is_slower_is_cut_off_however_long_it_takes() -> None:
    patience, seconds = Patience(), 0
    while patience.left:
        patience, seconds = patience.after(1, LEAST_RATE // 2), seconds + 1
    assert seconds == 2 * MOST
