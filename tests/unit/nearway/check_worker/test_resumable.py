import pytest

from nearway.check_worker import resumable
from nearway.check_worker.ask import Ask
from nearway.check_worker.exchange import Evidence
from nearway.check_worker.verdict import Mark
from tests.unit.nearway.check_worker.making import CLOSED, SLOW, accepted, answer, problem, seen, solved

OK, NO, BAD, SKIP = Mark.OK, Mark.NO, Mark.BAD, Mark.SKIP


@pytest.mark.parametrize(
    ("evidence", "mark"),
    [
        (accepted(), OK),
        (accepted("/tasks/"), BAD),
        (accepted("/elsewhere/1"), BAD),
        (accepted("http://10.0.0.1/tasks/1"), BAD),
        (accepted("//10.0.0.1/tasks/1"), BAD),
        (accepted("/tasks/1 2"), BAD),
        (answer(202, {}), BAD),
        (solved(), NO),
        (problem(503), SKIP),
        (CLOSED, SKIP),
    ],
    ids=str,
)
def test_a_client_that_takes_a_location_gets_one(evidence: Evidence, mark: Mark) -> None:
    assert resumable.accepts(seen((Ask.SOLVE_ASYNC, evidence))).mark is mark


NOT_YET = answer(202, {})


@pytest.mark.parametrize(
    ("answers", "mark"),
    [
        ([NOT_YET, NOT_YET, solved()], OK),
        ([solved(), solved()], OK),
        ([NOT_YET], SKIP),
        ([NOT_YET, problem(500, "TIMEOUT", task_submitted="yes")], SKIP),
        ([answer(404, {}), solved()], BAD),
        ([SLOW, solved()], BAD),
        ([NOT_YET, CLOSED], BAD),
        ([NOT_YET, answer(500, b"<html>", "text/html")], BAD),
        ([NOT_YET, answer(200, {})], BAD),
        ([NOT_YET, answer(502, b"", "text/html")], BAD),
        ([answer(202, {}, seconds=26), solved()], BAD),
        ([answer(202, {}, seconds=24), solved()], OK),
        ([], SKIP),
    ],
    ids=str,
)
def test_a_wait_is_202_until_it_is_200(answers: list[Evidence], mark: Mark) -> None:
    assert resumable.waits(seen(*((Ask.WAIT, evidence) for evidence in answers))).mark is mark


@pytest.mark.parametrize(
    ("evidence", "mark"),
    [(solved("s"), OK), (solved("t"), BAD), (NOT_YET, BAD), (problem(404), BAD), (CLOSED, BAD), (None, SKIP)],
    ids=str,
)
@pytest.mark.parametrize("ask", [Ask.WAIT_AGAIN, Ask.WAIT_OTHER])
def test_whoever_is_asked_again_says_the_same(ask: Ask, evidence: Evidence | None, mark: Mark) -> None:
    judge = resumable.repeats if ask is Ask.WAIT_AGAIN else resumable.elsewhere
    then = [] if evidence is None else [(ask, evidence)]
    assert judge(seen((Ask.WAIT, solved("s")), *then)).mark is mark


@pytest.mark.parametrize(
    ("evidence", "mark"),
    [(NOT_YET, OK), (solved(), OK), (problem(503), BAD), (problem(429), BAD), (CLOSED, BAD), (None, SKIP)],
    ids=str,
)
def test_a_wait_is_not_refused_at_capacity(evidence: Evidence | None, mark: Mark) -> None:
    exchanges = [] if evidence is None else [(Ask.WAIT_FULL, evidence)]
    assert resumable.waits_when_full(seen(*exchanges)).mark is mark


def text(status: int, body: bytes, seconds: float = 0.01) -> Evidence:
    return answer(status, body, "text/plain", seconds)


@pytest.mark.parametrize(
    ("answers", "mark"),
    [
        ([text(200, b"healthy"), text(429, b"overloaded"), text(200, b"healthy")], OK),
        ([text(200, b"1 held"), text(429, b"20 held"), text(200, b"2 held")], BAD),
        ([text(404, b"<html>")], NO),
        ([text(200, b"healthy"), text(500, b"oops")], BAD),
        ([text(204, b"")], BAD),
        ([text(200, b"healthy", 1.2), text(200, b"healthy", 1.3)], BAD),
        ([text(200, b"healthy", 1.2), text(200, b"healthy")], OK),
        ([text(200, b"healthy"), CLOSED], BAD),
    ],
    ids=str,
)
def test_ready_is_constant_per_state(answers: list[Evidence], mark: Mark) -> None:
    assert resumable.ready(seen(*((Ask.READY_HELD, evidence) for evidence in answers))).mark is mark
