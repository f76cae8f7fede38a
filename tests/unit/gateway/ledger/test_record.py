import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attempt.evidence import Answer, Evidence, Lost, NotSent
from attempt.outcome import Outcome, outcome_of
from contract.problem import problem
from contract.submitted import Submitted
from gateway.ledger.record import Record, State, answered, failed, heard, left, submitting, withheld

ARRIVED = Record("t1", "acme", "g1", arrived=10.0, deadline=70.0)
SENT = submitting(ARRIVED, "near", 11.0)
ACCEPTED = Answer(202, {"location": "/tasks/77?kind=x", "task-submitted": "yes", "nearway-worker": "w1"}, b'{"captcha_id": "77"}')
SOLVED = Answer(200, {"content-type": "application/json", "task-submitted": "yes"}, b'{"solution": "s"}')


def test_a_task_that_has_just_come_has_cost_nothing() -> None:
    assert (ARRIVED.state, ARRIVED.money, ARRIVED.submitted) == (State.WAITING, Submitted.NO, None)


def test_from_the_moment_it_may_be_sent_it_counts_as_perhaps_paid_for() -> None:
    assert (SENT.state, SENT.money, SENT.region, SENT.submitted) == (State.SUBMITTING, Submitted.UNKNOWN, "near", 11.0)


@pytest.mark.parametrize(
    ("evidence", "state", "money"),
    [
        (NotSent("refused"), State.WAITING, Submitted.NO),
        (Answer(503, {"task-submitted": "no"}, b""), State.WAITING, Submitted.NO),
        (Answer(500, {"task-submitted": "no"}, b""), State.WAITING, Submitted.NO),
        (ACCEPTED, State.ACCEPTED, Submitted.YES),
        (Answer(400, {"task-submitted": "no"}, b""), State.SUBMITTING, Submitted.NO),
        (Answer(500, {"task-submitted": "yes"}, b""), State.SUBMITTING, Submitted.YES),
        (Answer(200, {}, b"{}"), State.SUBMITTING, Submitted.YES),
        (Lost("reset"), State.SUBMITTING, Submitted.UNKNOWN),
        (Answer(502, {}, b""), State.SUBMITTING, Submitted.UNKNOWN),
        (Answer(202, {"task-submitted": "yes"}, b'{"captcha_id": "7"}'), State.SUBMITTING, Submitted.UNKNOWN),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_came_of_an_attempt(evidence: Evidence, state: State, money: Submitted) -> None:
    found = heard(SENT, outcome_of(evidence), evidence, ["near: tried"])
    assert (found.state, found.money) == (state, money)
    assert json.loads(found.trail) == ["near: tried"]
    assert found.submitted == 11.0, "that it was handed over once is not forgotten"


def test_of_an_accepted_task_all_is_kept_that_it_takes_to_ask_for_its_answer() -> None:
    found = heard(SENT, Outcome.ACCEPTED, ACCEPTED, [])
    assert (found.captcha_id, found.location, found.worker) == ("77", "/tasks/77?kind=x", "w1")


def test_a_location_is_kept_whole_or_not_at_all() -> None:
    long = "/tasks/" + "7" * 1990
    for said, kept in ((long, long), (long + "7777", None)):
        answer = Answer(202, {"location": said, "task-submitted": "yes"}, b"{}")
        assert heard(SENT, Outcome.ACCEPTED, answer, []).location == kept


def test_what_was_withheld_after_all_has_cost_nothing() -> None:
    assert (withheld(SENT).state, withheld(SENT).money) == (State.WAITING, Submitted.NO)


def test_an_answer_ends_it() -> None:
    found = answered(heard(SENT, Outcome.ACCEPTED, ACCEPTED, []), SOLVED, "far", ["moved"], 20.0)
    assert (found.state, found.money, found.region, found.ended, found.error) == (State.SOLVED, Submitted.YES, "far", 20.0, None)
    assert (found.status, found.content_type, found.result) == (200, "application/json", b'{"solution": "s"}')
    assert (found.captcha_id, json.loads(found.trail)) == ("77", ["moved"])


def test_an_error_of_the_workers_ends_it_too() -> None:
    answer = Answer(400, {"task-submitted": "no"}, b'{"error": "BAD_REQUEST"}')
    found = answered(SENT, answer, "near", [], 20.0)
    assert (found.state, found.money, found.error, found.status) == (State.FAILED, Submitted.NO, "BAD_REQUEST", 400)


@pytest.mark.parametrize("money", Submitted)
def test_a_problem_of_ours_ends_it_and_says_what_is_known_of_the_money(money: Submitted) -> None:
    made = problem("DEADLINE_EXCEEDED", "too late", submitted=money)
    found = failed(SENT, made, [], 80.0)
    assert (found.state, found.money, found.error, found.status) == (State.FAILED, money, "DEADLINE_EXCEEDED", 504)
    assert found.result == made.body()


def test_a_client_that_left_ends_only_what_was_not_handed_over() -> None:
    assert left(ARRIVED, [], 12.0).state is State.LEFT
    assert left(SENT, [], 12.0) == SENT
    accepted = heard(SENT, Outcome.ACCEPTED, ACCEPTED, [])
    assert left(accepted, [], 12.0) == accepted


@given(st.text(), st.text(), st.text(), st.text(), st.lists(st.text()))
def test_whatever_a_region_says_can_be_written(captcha: str, location: str, worker: str, error: str, trail: list[str]) -> None:
    body = json.dumps({"captcha_id": captcha, "error": error}).encode()
    headers = {"location": location, "nearway-worker": worker, "task-submitted": "yes", "content-type": worker}
    found = answered(
        heard(SENT, Outcome.ACCEPTED, Answer(202, headers, body), trail), Answer(500, headers, body), "r", trail, 1.0
    )
    texts = [found.captcha_id, found.worker, found.error, found.content_type, found.trail]
    assert all(isinstance(one, str) and "\0" not in one for one in texts)
    assert all(len(one) <= 500 for one in texts[:-1] if one is not None)
    assert found.location in (None, location)
    assert found.location is None or (location.isascii() and location.isprintable())
    sqlite3.connect(":memory:").execute("SELECT ?, ?, ?, ?, ?, ?", [*texts, found.location]).connection.close()
    assert json.loads(found.trail) == trail


@given(st.one_of(st.none(), st.integers(), st.lists(st.integers()), st.dictionaries(st.text(), st.integers())))
def test_what_is_no_text_is_left_out(given_id: object) -> None:
    answer = Answer(202, {"location": "/tasks/1"}, json.dumps({"captcha_id": given_id}).encode())
    assert heard(SENT, Outcome.ACCEPTED, answer, []).captcha_id is None
