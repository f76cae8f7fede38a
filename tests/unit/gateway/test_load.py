import pytest

from gateway.load import Load, Slot


def test_a_slot_is_taken_and_given_back() -> None:
    load = Load()
    slot = Slot(load, "a")
    assert load.in_flight["a"] == 1
    slot.give_back()
    assert load.in_flight["a"] == 0


def test_a_slot_moves_with_its_task() -> None:
    load = Load()
    slot = Slot(load, "a")
    slot.move("b")
    assert (load.in_flight["a"], load.in_flight["b"]) == (0, 1)
    slot.give_back()
    assert load.in_flight.total() == 0


def test_a_slot_is_not_given_back_twice() -> None:
    slot = Slot(Load(), "a")
    slot.give_back()
    with pytest.raises(RuntimeError, match="twice"):
        slot.give_back()


def test_a_refusal_is_over_when_the_region_said_so_but_soon_in_any_case() -> None:
    load = Load()
    load.refused("a", 10.0, retry_after=0.0)
    assert not load.is_full("a", 10.0)
    load.refused("a", 10.0, retry_after=3600.0)
    assert load.is_full("a", 10.9)
    assert not load.is_full("a", 11.0)
