"""What is told of a task that is asked for by its id."""

from dataclasses import replace

import pytest

from contract.problem import Problem, ProblemError, problem
from contract.submitted import Submitted
from gateway.ledger.record import Record, State
from gateway.recalled import lost, recalled, told_here

OPEN = Record("t1", "acme", "g", 1.0, 2.0, region="near", captcha_id="77")
SOLVED = replace(
    OPEN,
    state=State.SOLVED,
    money=Submitted.YES,
    ended=3.0,
    status=200,
    content_type="application/json",
    result=b'{"solution": "s"}',
)


def failed(code: str, status: int, money: Submitted) -> Record:
    return replace(SOLVED, state=State.FAILED, error=code, status=status, money=money, result=b"{}")


def problem_of(record: Record) -> Problem:
    with pytest.raises(ProblemError) as caught:
        recalled(record)
    return caught.value.problem


def test_an_answer_is_told_as_it_was_given() -> None:
    answer = recalled(SOLVED)
    assert (answer.status, answer.body) == (200, b'{"solution": "s"}')
    assert dict(answer.headers) == {
        "content-type": "application/json",
        "nearway-region": "near",
        "nearway-task": "t1",
        "task-submitted": "yes",
    }


@pytest.mark.parametrize(
    ("status", "money"),
    [(400, Submitted.NO), (422, Submitted.YES), (500, Submitted.YES), (502, Submitted.UNKNOWN), (504, Submitted.YES)],
)
def test_an_error_too(status: int, money: Submitted) -> None:
    answer = recalled(failed("X", status, money))
    assert (answer.status, answer.headers["task-submitted"]) == (status, money.value)


@pytest.mark.parametrize(("code", "status"), [("DRAINING", 503), ("NO_REGION", 503), ("DEADLINE_EXCEEDED", 504)])
def test_but_not_one_that_programs_would_ask_again_for_ever(code: str, status: int) -> None:
    told = problem_of(failed(code, status, Submitted.NO))
    assert (told.error, told.status, told.submitted) == ("TASK_DROPPED", 410, Submitted.NO)
    assert code in told.detail
    made = replace(problem("NO_FREE_SLOT", "x"), status=status)
    assert told_here("t1", made).error == "TASK_DROPPED"


def test_what_has_just_ended_otherwise_is_told_as_it_is() -> None:
    for made in (problem("SUBMISSION_UNKNOWN", "x"), problem("DEADLINE_EXCEEDED", "x"), problem("BAD_REQUEST", "x")):
        assert told_here("t1", made) is made


def test_whose_client_left_it_is_not_done() -> None:
    told = problem_of(replace(OPEN, state=State.LEFT, ended=3.0))
    assert (told.error, told.submitted) == ("TASK_DROPPED", Submitted.NO)


@pytest.mark.parametrize(
    ("record", "words"),
    [(SOLVED, "was solved"), (failed("TIMEOUT", 500, Submitted.YES), "ended with TIMEOUT")],
)
def test_an_answer_that_is_not_kept_any_longer_leaves_what_is_known(record: Record, words: str) -> None:
    told = problem_of(replace(record, result=None))
    assert (told.error, told.status, told.submitted) == ("ANSWER_FORGOTTEN", 410, Submitted.YES)
    assert words in told.detail
    assert (told.more["captcha_id"], told.more["state"]) == ("77", record.state.value)


@pytest.mark.parametrize(
    ("money", "code", "status"),
    [
        (Submitted.NO, "TASK_DROPPED", 410),
        (Submitted.UNKNOWN, "SUBMISSION_UNKNOWN", 502),
        (Submitted.YES, "DEADLINE_EXCEEDED", 504),
    ],
)
def test_what_a_gateway_left_behind_is_told_by_what_is_known_of_the_money(money: Submitted, code: str, status: int) -> None:
    told = lost(replace(OPEN, money=money))
    assert (told.error, told.status, told.submitted) == (code, status, money)
