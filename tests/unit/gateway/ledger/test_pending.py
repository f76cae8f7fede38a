from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.pending import Pending
from gateway.ledger.record import Record, submitting


def record(name: str, region: str = "") -> Record:
    made = Record(name, "acme", "g1", 0.0, 1.0)
    return submitting(made, region, 1.0) if region else made


def test_of_each_task_only_the_newest_record_is_written() -> None:
    pending = Pending()
    for one in (record("a"), record("b"), record("a", "near")):
        pending.put(one)
    assert pending.take(10) == [record("a", "near"), record("b")]
    assert len(pending) == 0


def test_the_oldest_are_taken_first_and_no_more_than_asked_for() -> None:
    pending = Pending()
    for name in "abc":
        pending.put(record(name))
    assert [one.id for one in pending.take(2)] == ["a", "b"]
    assert [one.id for one in pending.take(2)] == ["c"]


def test_what_could_not_be_written_comes_first_again_unless_there_is_something_newer() -> None:
    pending = Pending()
    pending.put(record("a"))
    pending.put(record("b"))
    taken = pending.take(2)
    pending.put(record("c"))
    pending.put(record("b", "near"))
    pending.give_back(taken)
    assert pending.take(9) == [record("a"), record("b", "near"), record("c")]


def test_for_lack_of_room_what_cost_nothing_is_lost_first() -> None:
    pending = Pending(most=2)
    pending.put(record("a", "near"))
    pending.put(record("b"))
    pending.put(record("c", "near"))
    assert ([one.id for one in pending.take(9)], pending.lost) == (["a", "c"], 1)


def test_then_the_oldest() -> None:
    pending = Pending(most=2)
    for name in "abc":
        pending.put(record(name, "near"))
    assert ([one.id for one in pending.take(9)], pending.lost) == (["b", "c"], 1)


def test_a_task_that_is_there_needs_no_more_room() -> None:
    pending = Pending(most=1)
    pending.put(record("a"))
    pending.put(record("a", "near"))
    assert (pending.take(9), pending.lost) == ([record("a", "near")], 0)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["", "near", "far"])), max_size=30), st.integers(1, 6))
def test_it_is_bounded_and_the_last_word_of_each_task_is_in_it(said: list[tuple[str, str]], most: int) -> None:
    pending = Pending(most)
    last = {}
    for name, region in said:
        pending.put(record(name, region))
        last[name] = record(name, region)
    assert len(pending) <= most
    assert all(one == last[one.id] for one in pending.take(99))
