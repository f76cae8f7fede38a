import pytest

from nearway.check_worker.ask import Ask
from nearway.check_worker.exchange import Evidence, Fault, Lost
from tests.unit.nearway.check_worker.making import CLOSED, SLOW, accepted, answer, health, problem, seen, solved

UNREACHABLE = Lost(Fault.UNREACHABLE, 0.0, "Connection refused")


@pytest.mark.parametrize(
    ("ask", "evidence", "spent"),
    [
        (Ask.SOLVE, solved(), 1),
        (Ask.SOLVE_ASYNC, accepted(), 1),
        (Ask.SOLVE_FULL, accepted(), 1),
        (Ask.SOLVE, problem(503, task_submitted="no"), 0),
        (Ask.SOLVE, problem(503), 1),
        (Ask.SOLVE, problem(500), 1),
        (Ask.SOLVE, problem(400), 0),
        (Ask.SOLVE, problem(400, task_submitted="yes"), 1),
        (Ask.SOLVE, CLOSED, 1),
        (Ask.SOLVE, SLOW, 1),
        (Ask.SOLVE, UNREACHABLE, 0),
        (Ask.NO_METHOD, problem(400), 0),
        (Ask.NO_METHOD, answer(500), 0),
        (Ask.NO_METHOD, solved(), 1),
        (Ask.WAIT, solved(), 0),
        (Ask.HEALTH, health(), 0),
    ],
    ids=str,
)
def test_what_may_have_cost_is_counted(ask: Ask, evidence: Evidence, spent: int) -> None:
    assert seen((ask, evidence)).spent == spent


@pytest.mark.parametrize(
    ("first", "slots", "most", "tasks"),
    [
        (accepted(), 20, 0, 1),
        (accepted(), 20, 19, 1),
        (accepted(), 20, 20, 20),
        (accepted(), 0, 5, 1),
        (solved(), 20, 0, 0),
        (solved(), 20, 20, 20),
        (problem(500), 2, 20, 0),
        (CLOSED, 2, 20, 0),
    ],
    ids=str,
)
def test_no_more_tasks_are_submitted_than_needed_or_allowed(first: Evidence, slots: int, most: int, tasks: int) -> None:
    assert seen((Ask.HEALTH, health(slots=slots)), (Ask.SOLVE_ASYNC, first)).to_hold(most) == tasks


@pytest.mark.parametrize(
    ("location", "usable"),
    [
        ("/tasks/1?a=b", True),
        ("/tasks/", False),
        ("/health", False),
        ("http://10.0.0.1/tasks/1", False),
        ("//10.0.0.1/tasks/1", False),
        ("", False),
    ],
    ids=str,
)
def test_only_a_path_of_the_same_worker_is_asked(location: str, usable: bool) -> None:
    assert seen((Ask.SOLVE_ASYNC, accepted(location))).location == (location if usable else None)


def test_a_location_that_comes_with_another_status_is_not_asked() -> None:
    assert seen((Ask.SOLVE_ASYNC, answer(302, {}, location="/tasks/1"))).location is None


def test_nobody_is_there_when_either_worker_refuses_connections() -> None:
    here = (Ask.HEALTH, health())
    assert seen(here).nobody is None
    assert seen((Ask.HEALTH, CLOSED)).nobody is None
    assert seen((Ask.HEALTH, UNREACHABLE)).nobody == (Ask.HEALTH, UNREACHABLE)
    assert seen(here, (Ask.HEALTH_OTHER, UNREACHABLE)).nobody == (Ask.HEALTH_OTHER, UNREACHABLE)


@pytest.mark.parametrize(("before", "held", "counted", "full"), [(0, 2, True, True), (0, 1, False, False), (1, 2, False, True)])
def test_held_tasks_are_seen_on_top_of_those_before(before: int, held: int, counted: bool, full: bool) -> None:
    found = seen((Ask.HEALTH, health(before, 2)), (Ask.HEALTH_HELD, health(held, 2)))
    assert (found.counted(2), found.full) == (counted, full)
