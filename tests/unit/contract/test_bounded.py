from hypothesis import given
from hypothesis import strategies as st

from contract.bounded import OTHER, Bounded


def test_the_first_so_many_stand_for_themselves() -> None:
    label = Bounded(2)
    assert [label(name) for name in ("a", "b", "c", "a", "d", "b")] == ["a", "b", OTHER, "a", OTHER, "b"]


@given(st.lists(st.text()), st.integers(0, 5))
def test_there_are_never_more(names: list[str], most: int) -> None:
    label = Bounded(most)
    assert len({label(name) for name in names} - {OTHER}) <= most
