from dataclasses import replace

import pytest

from attempt.evidence import Answer
from attempt.outcome import Outcome
from contract.problem import problem
from contract.submitted import Submitted
from gateway.ledger.record import Record, answered, failed, heard, submitting, withheld
from gateway.ledger.record import left as left_by_its_client
from gateway.ledger.verdict import KEY_LIFE, Verdict, judge

CAME = Record("t1", "acme", "g1", arrived=1000.0, deadline=1060.0, key="k", fingerprint="f")
SENT = submitting(CAME, "near", 1001.0)
ACCEPTED = heard(SENT, Outcome.ACCEPTED, Answer(202, {"location": "/tasks/7", "task-submitted": "yes"}, b"{}"), [])
SOLVED = answered(ACCEPTED, Answer(200, {"task-submitted": "yes"}, b"{}"), "near", [], 1010.0)
UNKNOWN = failed(SENT, problem("SUBMISSION_UNKNOWN", "lost"), [], 1010.0)
REFUSED = failed(withheld(SENT), problem("NO_FREE_SLOT", "full"), [], 1010.0)
AGAIN = replace(CAME, id="t2", arrived=1020.0)


@pytest.mark.parametrize(
    ("there", "wanted", "now", "left", "verdict"),
    [
        (SOLVED, AGAIN, 1020.0, True, Verdict.REPLAY),
        (UNKNOWN, AGAIN, 1020.0, True, Verdict.REPLAY),
        (SOLVED, AGAIN, 1000.0 + KEY_LIFE, True, Verdict.REPLAY),
        (SOLVED, AGAIN, 1001.0 + KEY_LIFE, True, Verdict.NEW),
        (SOLVED, replace(AGAIN, fingerprint="x"), 1020.0, True, Verdict.MISMATCH),
        (REFUSED, replace(AGAIN, fingerprint="x"), 1020.0, True, Verdict.MISMATCH),
        (SOLVED, replace(AGAIN, fingerprint="x"), 1001.0 + KEY_LIFE, True, Verdict.NEW),
        (REFUSED, AGAIN, 1020.0, True, Verdict.NEW),
        (left_by_its_client(CAME, [], 1010.0), AGAIN, 1020.0, True, Verdict.NEW),
        (CAME, AGAIN, 1020.0, True, Verdict.NEW),
        (SENT, AGAIN, 1020.0, True, Verdict.UNKNOWN),
        (ACCEPTED, AGAIN, 1020.0, True, Verdict.CONTINUE),
        (ACCEPTED, AGAIN, 5000.0, True, Verdict.CONTINUE),
        (replace(ACCEPTED, location=None), AGAIN, 1020.0, True, Verdict.UNKNOWN),
        (ACCEPTED, AGAIN, 1020.0, False, Verdict.ELSEWHERE),
        (CAME, AGAIN, 1020.0, False, Verdict.ELSEWHERE),
        (SENT, AGAIN, 1020.0, False, Verdict.ELSEWHERE),
        (CAME, replace(AGAIN, fingerprint="x"), 1020.0, False, Verdict.MISMATCH),
        (SOLVED, AGAIN, 1020.0, False, Verdict.REPLAY),
        (REFUSED, AGAIN, 1020.0, False, Verdict.NEW),
    ],
    ids=lambda value: value.name if isinstance(value, Verdict) else "",
)
def test_what_becomes_of_it(there: Record, wanted: Record, now: float, left: bool, verdict: Verdict) -> None:
    assert judge(there, wanted, now, left=left) is verdict


@pytest.mark.parametrize("there", [SENT, ACCEPTED, SOLVED, UNKNOWN], ids=["sent", "accepted", "solved", "unknown"])
@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("now", [1020.0, 5000.0, 1000.0 + KEY_LIFE])
def test_what_is_or_may_be_paid_for_is_never_new_while_its_key_means_it(there: Record, left: bool, now: float) -> None:
    assert there.money is not Submitted.NO
    assert judge(there, AGAIN, now, left=left) is not Verdict.NEW
