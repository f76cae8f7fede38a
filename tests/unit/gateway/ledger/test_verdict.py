from dataclasses import replace

import pytest

from attempt.evidence import Answer
from attempt.outcome import Outcome
from contract.problem import problem
from contract.submitted import Submitted
from gateway.ledger.record import Record, answered, failed, heard, left, submitting, withheld
from gateway.ledger.verdict import KEY_LIFE, MARGIN, Verdict, judge

CAME = Record("t1", "acme", "g1", arrived=1000.0, deadline=1060.0, key="k", fingerprint="f")
SENT = submitting(CAME, "near", 1001.0)
ACCEPTED = heard(SENT, Outcome.ACCEPTED, Answer(202, {"location": "/tasks/7", "task-submitted": "yes"}, b"{}"), [])
SOLVED = answered(ACCEPTED, Answer(200, {"task-submitted": "yes"}, b"{}"), "near", [], 1010.0)
UNKNOWN = failed(SENT, problem("SUBMISSION_UNKNOWN", "lost"), [], 1010.0)
REFUSED = failed(withheld(SENT), problem("NO_FREE_SLOT", "full"), [], 1010.0)
AGAIN = replace(CAME, id="t2", arrived=1020.0)
ELSEWHERE = replace(AGAIN, gateway="g2")


@pytest.mark.parametrize(
    ("there", "wanted", "now", "alone", "verdict"),
    [
        (SOLVED, AGAIN, 1020.0, True, Verdict.REPLAY),
        (UNKNOWN, AGAIN, 1020.0, True, Verdict.REPLAY),
        (SOLVED, AGAIN, 1000.0 + KEY_LIFE, True, Verdict.REPLAY),
        (SOLVED, AGAIN, 1001.0 + KEY_LIFE, True, Verdict.NEW),
        (SOLVED, replace(AGAIN, fingerprint="x"), 1020.0, True, Verdict.MISMATCH),
        (REFUSED, replace(AGAIN, fingerprint="x"), 1020.0, True, Verdict.MISMATCH),
        (SOLVED, replace(AGAIN, fingerprint="x"), 1001.0 + KEY_LIFE, True, Verdict.NEW),
        (REFUSED, AGAIN, 1020.0, True, Verdict.NEW),
        (left(CAME, [], 1010.0), AGAIN, 1020.0, True, Verdict.NEW),
        (CAME, AGAIN, 1020.0, True, Verdict.NEW),
        (SENT, AGAIN, 1020.0, True, Verdict.UNKNOWN),
        (ACCEPTED, AGAIN, 1020.0, True, Verdict.CONTINUE),
        (ACCEPTED, AGAIN, 5000.0, True, Verdict.CONTINUE),
        (replace(ACCEPTED, location=None), AGAIN, 1020.0, True, Verdict.UNKNOWN),
        (ACCEPTED, ELSEWHERE, 1020.0, True, Verdict.CONTINUE),
        (ACCEPTED, AGAIN, 1020.0, False, Verdict.CONTINUE),
        (ACCEPTED, ELSEWHERE, 1020.0, False, Verdict.ELSEWHERE),
        (CAME, ELSEWHERE, 1020.0, False, Verdict.ELSEWHERE),
        (SENT, ELSEWHERE, 1059.0 + MARGIN, False, Verdict.ELSEWHERE),
        (SENT, ELSEWHERE, 1060.0 + MARGIN, False, Verdict.UNKNOWN),
        (SOLVED, ELSEWHERE, 1020.0, False, Verdict.REPLAY),
    ],
    ids=lambda value: value.name if isinstance(value, Verdict) else "",
)
def test_what_becomes_of_it(there: Record, wanted: Record, now: float, alone: bool, verdict: Verdict) -> None:
    assert judge(there, wanted, now, alone=alone) is verdict


@pytest.mark.parametrize("there", [SENT, ACCEPTED, SOLVED, UNKNOWN], ids=["sent", "accepted", "solved", "unknown"])
@pytest.mark.parametrize("wanted", [AGAIN, ELSEWHERE], ids=["here", "elsewhere"])
@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("now", [1020.0, 5000.0, 1000.0 + KEY_LIFE])
def test_what_is_or_may_be_paid_for_is_never_new_while_its_key_means_it(
    there: Record, wanted: Record, alone: bool, now: float
) -> None:
    assert there.money is not Submitted.NO
    assert judge(there, wanted, now, alone=alone) is not Verdict.NEW
