import json

import pytest

from contract.codes import CODES
from contract.problem import problem
from contract.submitted import Submitted, parse_submitted


def test_a_problem_carries_what_rfc_9457_and_we_ask_for() -> None:
    made = problem("WORKER_AT_CAPACITY", "20 of 20 slots are taken", retry_after=3, more={"slots": 20}, headers={"X-A": "b"})
    assert json.loads(made.body()) == {
        "type": "urn:nearway:error:WORKER_AT_CAPACITY",
        "title": "Every slot of the worker is taken",
        "status": 503,
        "detail": "20 of 20 slots are taken",
        "error": "WORKER_AT_CAPACITY",
        "slots": 20,
    }
    assert made.header_fields() == {
        "Content-Type": "application/problem+json",
        "Task-Submitted": "no",
        "Retry-After": "3",
        "X-A": "b",
    }


def test_further_members_never_hide_ours() -> None:
    assert json.loads(problem("TIMEOUT", "late", more={"error": "mine", "status": 1}).body())["error"] == "TIMEOUT"


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.name)
def test_503_always_means_that_nothing_was_begun(code: object) -> None:
    row = CODES[code.name]  # type: ignore[attr-defined]
    assert row.status != 503 or row.submitted is Submitted.NO, "nginx and the gateway move on from a 503"
    assert row.advice, "somebody will ask what to do"


@pytest.mark.parametrize(
    ("header", "meaning"),
    [("no", Submitted.NO), (" YES ", Submitted.YES), ("unknown", Submitted.UNKNOWN), ("maybe", None), ("", None), (None, None)],
)
def test_reading_task_submitted(header: str | None, meaning: Submitted | None) -> None:
    assert parse_submitted(header) is meaning
