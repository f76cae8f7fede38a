import pytest

from nearway.check_worker import basic
from nearway.check_worker.ask import Ask
from nearway.check_worker.exchange import Evidence
from nearway.check_worker.seen import WRONG
from nearway.check_worker.verdict import Mark
from tests.unit.nearway.check_worker.making import CLOSED, SLOW, accepted, answer, health, problem, seen, solved

OK, NO, BAD, SKIP = Mark.OK, Mark.NO, Mark.BAD, Mark.SKIP


@pytest.mark.parametrize(
    ("evidence", "mark", "told"),
    [
        (health(), OK, "max_concurrent"),
        (answer(503, {"status": "overloaded", "active_tasks": 9, "max_concurrent": 10, "load_pct": 90.0}), OK, ""),
        (answer(503, {"status": "overloaded"}), BAD, "active_tasks, max_concurrent, load_pct missing"),
        (health(status=1), BAD, "status missing"),
        (health(active_tasks=True), BAD, "active_tasks missing"),
        (health(load_pct="5"), BAD, "load_pct missing"),
        (answer(200, b"OK", "text/plain"), BAD, "200 text/plain"),
        (answer(200, health().body, "text/html"), BAD, "200 text/html"),
        (answer(200, [1]), BAD, "200 application/json"),
        (answer(404, {}), BAD, "404"),
        (health(seconds=1.1), BAD, "after 1.1 s"),
        (CLOSED, BAD, "closed"),
        (SLOW, BAD, "no answer in 5.0 s"),
    ],
    ids=str,
)
def test_health_has_four_members_and_comes_soon(evidence: Evidence, mark: Mark, told: str) -> None:
    verdict = basic.health(seen((Ask.HEALTH, evidence)))
    assert verdict.mark is mark
    assert told in verdict.text


def test_one_late_health_among_others_is_a_busy_machines_doing() -> None:
    assert basic.health(seen((Ask.HEALTH, health(seconds=1.5)), (Ask.HEALTH, health()))).mark is OK


def test_a_health_that_is_wrong_only_while_a_task_is_held_is_wrong() -> None:
    assert basic.health(seen((Ask.HEALTH, health()), (Ask.HEALTH_HELD, answer(500)))).mark is BAD


@pytest.mark.parametrize(
    ("evidence", "mark", "told"),
    [
        (solved(), OK, ""),
        (answer(200, {"solution": None}), BAD, "200"),
        (answer(200, {"token": "t"}), BAD, "`solution`"),
        (answer(201, {"solution": "s"}), BAD, "201"),
        (answer(202, {}), BAD, "202"),
        (answer(302, {}, location="/elsewhere"), BAD, "302"),
        (answer(200, b"token", "text/plain"), BAD, "200 text/plain"),
        (answer(500, b"<html>", "text/html"), BAD, "500 text/html"),
        (answer(500, {"message": "oops"}), BAD, "500"),
        (answer(500, {"error": "ERROR_CAPTCHA_UNSOLVABLE"}), SKIP, "ERROR_CAPTCHA_UNSOLVABLE"),
        (problem(400), SKIP, "--task"),
        (problem(503), SKIP, "503"),
        (answer(502, b"", "text/html"), SKIP, "502"),
        (CLOSED, BAD, "closed"),
        (SLOW, BAD, "no answer"),
    ],
    ids=str,
)
def test_a_task_is_answered_with_its_solution(evidence: Evidence, mark: Mark, told: str) -> None:
    verdict = basic.solve(seen((Ask.SOLVE, evidence)))
    assert verdict.mark is mark
    assert told in verdict.text


def test_a_location_is_no_solution_for_a_client_that_knows_no_prefer() -> None:
    assert basic.solve(seen((Ask.SOLVE_ASYNC, accepted()), (Ask.SOLVE, solved()))).mark is OK
    assert basic.solve(seen((Ask.SOLVE_ASYNC, accepted()), (Ask.SOLVE, problem(500)))).mark is SKIP
    assert basic.solve(seen((Ask.SOLVE_ASYNC, solved()))).mark is OK
    assert basic.solve(seen()).mark is SKIP


def test_of_several_tasks_the_one_that_broke_the_contract_counts() -> None:
    assert basic.solve(seen((Ask.SOLVE, CLOSED), (Ask.SOLVE, solved()))).mark is BAD
    assert basic.solve(seen((Ask.SOLVE, solved()), (Ask.SOLVE, problem(500)))).mark is OK


@pytest.mark.parametrize(
    ("evidence", "mark"),
    [
        (solved(task_submitted="yes"), OK),
        (solved(task_submitted=" YES "), OK),
        (solved(), NO),
        (solved(task_submitted="no"), BAD),
        (solved(task_submitted="unknown"), BAD),
        (solved(task_submitted="perhaps"), BAD),
        (answer(202, {}, task_submitted="no"), BAD),
        (problem(500, task_submitted="unknown"), OK),
        (problem(500), NO),
        (problem(503), SKIP),
        (CLOSED, SKIP),
    ],
    ids=str,
)
@pytest.mark.parametrize("ask", [Ask.SOLVE, Ask.SOLVE_ASYNC, Ask.WAIT, Ask.WAIT_OTHER])
def test_answers_about_a_task_tell_of_the_money(ask: Ask, evidence: Evidence, mark: Mark) -> None:
    assert basic.told(seen((ask, evidence))).mark is mark


@pytest.mark.parametrize("status", [502, 504])
@pytest.mark.parametrize("ask", list(Ask))
def test_a_proxys_status_is_no_workers(ask: Ask, status: int) -> None:
    assert basic.never_a_proxys(seen((Ask.SOLVE, solved()), (ask, answer(status)))).mark is BAD


@pytest.mark.parametrize(
    ("evidence", "mark", "told"),
    [
        (problem(503, task_submitted="no", retry_after="1"), OK, ""),
        (problem(503, task_submitted="no", retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), OK, ""),
        (problem(503, "WORKER_DRAINING", task_submitted="no"), OK, ""),
        (problem(503, "WORKER_DRAINING"), BAD, "Task-Submitted: missing"),
        (problem(503, task_submitted="no"), BAD, "Retry-After: missing"),
        (problem(503, task_submitted="no", retry_after="soon"), BAD, "Retry-After: soon"),
        (problem(503, retry_after="1"), BAD, "Task-Submitted: missing"),
        (problem(503, task_submitted="unknown", retry_after="1"), BAD, "Task-Submitted: unknown"),
        (solved(), SKIP, ""),
    ],
    ids=str,
)
@pytest.mark.parametrize("ask", [Ask.SOLVE, Ask.SOLVE_ASYNC, Ask.SOLVE_FULL, Ask.NOT_JSON])
def test_503_means_not_begun(ask: Ask, evidence: Evidence, mark: Mark, told: str) -> None:
    verdict = basic.busy(seen((ask, evidence)))
    assert verdict.mark is mark
    assert told in verdict.text


def test_503_of_health_is_an_overloaded_workers_word() -> None:
    assert basic.busy(seen((Ask.HEALTH, answer(503)))).mark is SKIP


@pytest.mark.parametrize(("before", "held", "mark"), [(0, 1, OK), (0, 0, BAD), (3, 4, OK), (3, 3, SKIP), (3, 2, SKIP)], ids=str)
def test_held_tasks_are_counted(before: int, held: int, mark: Mark) -> None:
    assert basic.counts(seen((Ask.HEALTH, health(before)), (Ask.HEALTH_HELD, health(held)))).mark is mark


def test_without_a_look_in_time_nothing_is_said_of_counting() -> None:
    assert basic.counts(seen((Ask.HEALTH, health()))).mark is SKIP


@pytest.mark.parametrize(
    ("evidence", "mark"),
    [(None, SKIP), (problem(503), OK), (solved(), BAD), (accepted(), BAD), (problem(500), BAD), (SLOW, BAD)],
    ids=str,
)
def test_a_full_worker_refuses(evidence: Evidence | None, mark: Mark) -> None:
    exchanges = [] if evidence is None else [(Ask.SOLVE_FULL, evidence)]
    assert basic.refuses(seen(*exchanges)).mark is mark


@pytest.mark.parametrize(("evidence", "mark"), [(answer(404, b"", "text/html"), OK), (answer(200), BAD), (CLOSED, BAD)], ids=str)
def test_an_unknown_path_is_404_whatever_its_body(evidence: Evidence, mark: Mark) -> None:
    assert basic.no_path(seen((Ask.NO_PATH, evidence))).mark is mark


@pytest.mark.parametrize(
    ("evidence", "mark"),
    [
        (problem(400, task_submitted="no"), OK),
        (problem(413, task_submitted="no"), OK),
        (problem(400), NO),
        (answer(400, {"error": "MISSING"}), NO),
        (answer(400, {"error": "MISSING"}, task_submitted="no"), NO),
        (answer(400, {"title": "t"}, "application/problem+json", task_submitted="no"), NO),
        (problem(400, task_submitted="yes"), BAD),
        (problem(400, task_submitted="unknown"), BAD),
        (problem(400, task_submitted="nope"), BAD),
        (answer(400, b"<html>", "text/html", task_submitted="no"), BAD),
        (answer(400, b"{", task_submitted="no"), BAD),
        (problem(500, task_submitted="no"), BAD),
        (problem(302, task_submitted="no"), BAD),
        (solved(), BAD),
        (CLOSED, BAD),
    ],
    ids=str,
)
@pytest.mark.parametrize("ask", WRONG)
def test_a_wrong_body_is_the_callers_mistake(ask: Ask, evidence: Evidence, mark: Mark) -> None:
    verdict = basic.refused(ask)(seen((ask, evidence)))
    assert verdict.mark is mark
    assert ask in verdict.text
