import pytest

from attempt.load import Load, Slot


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


@pytest.mark.parametrize(
    ("retry_after", "jitter", "rest"),
    [(None, 0.0, 0.4), (0.0, 0.0, 0.1), (0.2, 0.0, 0.2), (3600.0, 0.0, 0.4), (3600.0, 1.0, 0.2), (0.0, 1.0, 0.05)],
)
def test_a_refusal_is_over_when_the_region_said_so_but_neither_at_once_nor_late(
    retry_after: float | None, jitter: float, rest: float
) -> None:
    load = Load()
    load.refused("a", 10.0, retry_after, jitter)
    assert load.is_full("a", 10.0 + rest - 0.01)
    assert not load.is_full("a", 10.0 + rest + 0.01)


def test_a_task_of_ours_that_is_over_ends_the_rest() -> None:
    load = Load()
    load.refused("a", 10.0, None, 0.0)
    load.freed("a")
    assert not load.is_full("a", 10.0)


def test_a_slot_is_left_to_others_for_a_moment() -> None:
    load = Load()
    load.left("a", 10.0, 0.5)
    assert load.is_left("a", 10.14)
    assert not load.is_left("a", 10.16)
    assert not load.is_left("b", 10.0)
