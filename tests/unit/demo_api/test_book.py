import heapq

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.api.book import Book, Task
from demo.api.methods import METHODS
from demo.api.order import NO_PAGE, Order
from demo.api.solve_times import End

ORDER = Order(METHODS[0], NO_PAGE)


def a_task(id_: int, at: float, seconds: float) -> Task:
    return Task(str(id_), f"t{id_}", ORDER, End.SOLVED, seconds, at)


def a_book(threads: int = 2, keep_seconds: float = 1e9, keep_tasks: int = 10**9) -> Book:
    return Book(threads, keep_seconds, keep_tasks)


def test_a_task_with_a_free_thread_starts_at_once() -> None:
    book, task = a_book(), a_task(1, 3.0, 10.0)
    book.advance(3.0)
    book.accept(task)
    assert task.ends_at == 13.0
    assert (book.working, book.queued, book.in_flight) == (1, 0, 1)


def test_a_task_holds_its_thread_until_it_is_over() -> None:
    book = a_book(threads=1)
    book.accept(a_task(1, 0.0, 10.0))
    book.advance(9.9)
    assert not book.has_free_thread()
    book.advance(10.0)
    assert book.has_free_thread()


def test_the_queue_moves_up_when_a_thread_gets_free_not_when_somebody_looks() -> None:
    book, second, third = a_book(threads=1), a_task(2, 0.0, 10.0), a_task(3, 0.0, 10.0)
    for task in (a_task(1, 0.0, 10.0), second, third):
        book.accept(task)
    assert (book.working, book.queued, book.in_flight) == (1, 2, 3)
    book.advance(25.0)
    assert (second.ends_at, third.ends_at) == (20.0, 30.0)
    assert (book.working, book.queued) == (1, 0)


def test_more_threads_start_what_waits_at_once() -> None:
    book, waiting = a_book(threads=1), a_task(2, 0.0, 10.0)
    book.accept(a_task(1, 0.0, 100.0))
    book.accept(waiting)
    book.resize(2, 4.0)
    assert waiting.ends_at == 14.0


def test_more_threads_do_not_change_what_happened_before() -> None:
    book, waiting = a_book(threads=1), a_task(2, 0.0, 10.0)
    book.accept(a_task(1, 0.0, 5.0))
    book.accept(waiting)
    book.resize(2, 7.0)
    assert waiting.ends_at == 15.0


def test_fewer_threads_cut_no_task_off_and_start_none_until_they_fit() -> None:
    book, waiting = a_book(threads=2), a_task(3, 0.0, 1.0)
    for task in (a_task(1, 0.0, 10.0), a_task(2, 0.0, 20.0), waiting):
        book.accept(task)
    book.resize(1, 1.0)
    assert book.working == 2
    book.advance(19.0)
    assert waiting.ends_at is None
    book.advance(20.0)
    assert waiting.ends_at == 21.0


def test_a_task_is_forgotten_when_it_is_over_for_long() -> None:
    book = a_book(keep_seconds=5.0)
    book.accept(a_task(1, 0.0, 10.0))
    book.advance(15.0)
    assert book.find("1")
    book.advance(15.1)
    assert book.find("1") is None
    assert len(book) == 0


def test_of_too_many_finished_tasks_the_oldest_are_forgotten_and_no_other() -> None:
    book = a_book(threads=10, keep_tasks=2)
    for id_, seconds in ((1, 9.0), (2, 1.0), (3, 5.0), (4, 100.0)):
        book.accept(a_task(id_, 0.0, seconds))
    book.advance(50.0)
    assert [id_ for id_ in "1234" if book.find(id_)] == ["1", "3", "4"]


def test_an_id_is_given_once() -> None:
    book = a_book()
    book.accept(a_task(1, 0.0, 1.0))
    with pytest.raises(ValueError, match="already"):
        book.accept(a_task(1, 0.0, 1.0))


@given(
    threads=st.integers(1, 4),
    jobs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=30),
    looks=st.lists(st.integers(1, 3), max_size=40),
)
def test_the_book_agrees_with_a_plain_simulation_however_often_it_is_looked_at(
    threads: int, jobs: list[tuple[int, int]], looks: list[int]
) -> None:
    """Each task ends when the thread that was free first, counted by hand, would be done with it."""
    book, free, now, ends = a_book(threads), [0.0] * threads, 0.0, []
    tasks, pauses = [], iter(looks)
    for id_, (gap, seconds) in enumerate(jobs):
        for _ in range(gap):
            now += 1.0
            if next(pauses, 2) == 1:
                book.advance(now)
        book.advance(now)
        tasks.append(a_task(id_, now, float(seconds)))
        book.accept(tasks[-1])
        assert book.working <= threads
        start = max(now, heapq.heappop(free))
        ends.append(start + seconds)
        heapq.heappush(free, start + seconds)
        book.advance(now)
        assert book.in_flight == sum(end > now for end in ends)
    book.advance(1e6)
    assert [task.ends_at for task in tasks] == ends
    assert book.in_flight == 0
