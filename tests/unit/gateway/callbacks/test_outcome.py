"""What a try came to."""

from dataclasses import replace

import pytest

from attempt.evidence import Answer, Evidence, Lost, NotSent
from gateway.callbacks.outcome import Called, judged
from gateway.ledger.record import Record

RECORD = replace(Record("t", "", "g", 1.0, 2.0), ended=1000.0, callback_tries=2)


def answer(status: int, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_2xx_is_the_end_of_it(status: int) -> None:
    sent = judged(RECORD, answer(status), 1001.0, 0.5, 3600.0)
    assert (sent.task, sent.tries, sent.called, sent.again, str(sent)) == ("t", 2, Called.DELIVERED, None, f"delivered: {status}")


def test_a_receiver_that_is_gone_is_left_alone() -> None:
    sent = judged(RECORD, answer(410), 1001.0, 0.5, 3600.0)
    assert (sent.called, sent.again) == (Called.GONE, None)


@pytest.mark.parametrize(
    "evidence", [*map(answer, (100, 199, 300, 301, 307, 400, 401, 404, 409, 429, 500, 503)), NotSent("x"), Lost("x")], ids=str
)
def test_all_else_is_tried_again_after_the_pause_of_its_try(evidence: Evidence) -> None:
    sent = judged(RECORD, evidence, 1001.0, 0.5, 3600.0)
    assert (sent.called, sent.again) == (Called.FAILED, 1011.0)
    assert judged(RECORD, evidence, 1001.0, 0.5, 11.0).again == 1011.0
    over = judged(RECORD, evidence, 1001.0, 0.5, 10.9)
    assert (over.called, over.again) == (Called.GIVEN_UP, None)


def test_a_receiver_may_ask_for_time() -> None:
    assert judged(RECORD, answer(503, retry_after="100"), 1001.0, 0.5, 3600.0).again == 1101.0
    assert judged(RECORD, answer(503, retry_after="1"), 1001.0, 0.5, 3600.0).again == 1011.0
    assert judged(RECORD, answer(503, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), 1001.0, 0.5, 3600.0).again == 1011.0
