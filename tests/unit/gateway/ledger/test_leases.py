from dataclasses import replace

import pytest

from attempt.evidence import Answer
from attempt.outcome import Outcome
from gateway.ledger.leases import LEASE, MARGIN, Leases, Seen, alone
from gateway.ledger.record import Record, answered, heard, left, submitting

TASK = Record("t1", "acme", "g1", arrived=1000.0, deadline=1060.0, run="other")
ACCEPTED = heard(
    submitting(TASK, "near", 1001.0), Outcome.ACCEPTED, Answer(202, {"location": "/tasks/7", "task-submitted": "yes"}, b"{}"), []
)


def leases(now: float = 1020.0, *, since: float = 1000.0, **until: float) -> Leases:
    return Leases("me", now, since, {"me": now + LEASE, **until})


@pytest.mark.parametrize(
    ("seen", "run", "left"),
    [
        (leases(other=1020.0), "other", False),
        (leases(other=1019.9), "other", True),
        (leases(), "other", True),
        (leases(since=1020.0 - LEASE, other=1.0), "other", True),
        (leases(since=1020.1 - LEASE, other=1.0), "other", False),
        (leases(), "me", True),
        (leases(), None, False),
        (leases(1060.0 + MARGIN, other=2000.0), "other", False),
        (leases(1060.1 + MARGIN, other=2000.0), "other", True),
        (leases(1060.1 + MARGIN), None, True),
        (alone("me"), "other", True),
        (alone("me"), None, True),
    ],
    ids=[
        "renewed", "not renewed", "never seen", "judged after a lease", "not before", "our own", "of an earlier version",
        "in time", "its time is over", "of an earlier version, over", "nobody else", "nobody else, an earlier version",
    ],
)  # fmt: skip
def test_who_carries_a_task(seen: Leases, run: str | None, left: bool) -> None:
    assert seen.leaves(replace(TASK, run=run)) is left


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (Seen(TASK, left=False), (False, False, False)),
        (Seen(TASK, left=True), (True, False, False)),
        (Seen(ACCEPTED, left=False), (True, True, False)),
        (Seen(replace(ACCEPTED, location=None), left=False), (False, False, False)),
        (Seen(left(TASK, [], 1010.0), left=False), (True, False, True)),
        (Seen(answered(ACCEPTED, Answer(200, {}, b""), "near", [], 1010.0), left=False), (True, False, False)),
    ],
    ids=["under way", "left behind", "accepted", "where, is not known", "came to nothing", "solved"],
)
def test_whether_there_is_something_to_be_done_about_a_task(seen: Seen, told: tuple[bool, bool, bool]) -> None:
    assert (seen.is_settled, seen.is_accepted, seen.came_to_nothing) == told
