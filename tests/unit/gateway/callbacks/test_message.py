"""What a callback says."""

import json
from dataclasses import replace

from contract.submitted import Submitted
from gateway.callbacks.message import message_of
from gateway.ledger.record import Record, State

ENDED = Record("t1", "acme", "g", 1.0, 2.0, state=State.SOLVED, money=Submitted.YES, ended=3.0, status=200)


def said(record: Record) -> tuple[str, object]:
    kind, body = message_of(record)
    return kind, json.loads(body)


def test_a_solution_comes_as_it_would_be_answered_with_the_tasks_id() -> None:
    answered = replace(ENDED, content_type="application/json", result=b'{"solution": "s", "captcha_id": "7"}')
    assert said(answered) == (
        "application/json",
        {"solution": "s", "captcha_id": "7", "task": "t1", "task_submitted": "yes"},
    )


def test_a_problem_too() -> None:
    failed = replace(ENDED, content_type="application/problem+json", result=b'{"error": "NO_REGION"}', money=Submitted.NO)
    assert said(failed) == ("application/problem+json", {"error": "NO_REGION", "task": "t1", "task_submitted": "no"})


def test_nobody_else_says_whose_task_it_is() -> None:
    forged = replace(ENDED, content_type="application/json", result=b'{"task": "other", "task_submitted": "no"}')
    assert said(forged)[1] == {"task": "t1", "task_submitted": "yes"}


def test_a_workers_odd_words_are_told_as_text() -> None:
    odd = replace(ENDED, content_type="text/html", result=b"<p>\xff", status=400)
    assert said(odd) == ("application/json", {"status": 400, "task": "t1", "task_submitted": "yes", "answer": "<p>\ufffd"})
