"""The ideal that the waterfall is measured against must be right itself."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.waterfall.workload import LONGEST, SHORTEST, SPEED, Arrival, arrivals, central_queue

gaps = st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 10)), min_size=1, max_size=30)


def at(drawn: Sequence[tuple[float, float]]) -> list[Arrival]:
    made, now = [], 0.0
    for gap, seconds in drawn:
        now += gap
        made.append(Arrival(now, seconds))
    return made


@given(gaps)
def test_with_a_slot_for_each_nobody_waits(drawn: list[tuple[float, float]]) -> None:
    tasks = at(drawn)
    assert central_queue(tasks, len(tasks)) == pytest.approx([one.seconds for one in tasks])


@given(gaps)
def test_with_one_slot_each_begins_when_the_one_before_has_ended(drawn: list[tuple[float, float]]) -> None:
    ended = 0.0
    for task, took in zip(at(drawn), central_queue(at(drawn), 1), strict=True):
        ended = max(ended, task.at) + task.seconds
        assert task.at + took == pytest.approx(ended)


@given(gaps, st.integers(1, 4))
def test_nobody_waits_while_a_slot_is_free_and_no_slot_is_used_twice(drawn: list[tuple[float, float]], slots: int) -> None:
    tasks = at(drawn)
    took = central_queue(tasks, slots)
    spans = [(one.at + seconds - one.seconds, one.at + seconds) for one, seconds in zip(tasks, took, strict=True)]
    for task, (begun, _) in zip(tasks, spans, strict=True):
        running = sum(first <= begun + 1e-9 < last - 1e-9 for first, last in spans)
        assert running <= slots
        if begun > task.at + 1e-9:
            assert any(abs(last - begun) < 1e-6 for _, last in spans)


@pytest.mark.parametrize("load", [0.7, 0.97])
def test_the_arrivals_keep_so_many_slots_busy(load: float) -> None:
    tasks = arrivals(4000, 120, load, seed=1)
    work = sum(one.seconds for one in tasks)
    assert work / (tasks[-1].at * 120) == pytest.approx(load, rel=0.05)
    assert all(SHORTEST / SPEED <= one.seconds <= LONGEST / SPEED for one in tasks)
    assert arrivals(4000, 120, load, seed=1) == tasks
