"""What a client does next: never send again what the gateway calls paid or unknown, never give up what it may send again."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attempt.evidence import Answer, BrokenOff, Evidence, Lost, NotSent
from contract.codes import CODES
from contract.submitted import Submitted
from nearway.client.errors import (
    BusyError,
    FailedError,
    NearwayError,
    NotAllowedError,
    TaskRefusedError,
    UnknownError,
    UnreachableError,
)
from nearway.client.judging import Accepted, Again, Verdict, judge_asked, judge_sent
from nearway.client.solution import Solution


def answer(status: int, error: str | None = None, submitted: str | None = None, **headers: str) -> Answer:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    told: Mapping[str, object] = {"solution": "s", "captcha_id": 7} if error is None else {"error": error, "detail": "so"}
    return Answer(status, fields | ({"task-submitted": submitted} if submitted else {}), json.dumps(told).encode())


def kind(verdict: Verdict) -> tuple[str, type]:
    """What is done, and what is raised if there is no time for it."""
    if isinstance(verdict, Again):
        return "afresh" if verdict.afresh else "again", type(verdict.error)
    return "raise" if isinstance(verdict, NearwayError) else "done", type(verdict)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (answer(200, submitted="yes"), ("done", Solution)),
        (answer(202, submitted="yes", location="/tasks/1"), ("done", Accepted)),
        (NotSent("refused"), ("again", UnreachableError)),
        (Lost("reset"), ("again", UnreachableError)),
        (answer(503, "NO_FREE_SLOT", "no"), ("again", BusyError)),
        (answer(503, "DRAINING", "no"), ("again", BusyError)),
        (answer(429, "RATE_LIMITED", "no"), ("again", BusyError)),
        (answer(504, "DEADLINE_EXCEEDED", "no"), ("again", BusyError)),
        (answer(500, "SOLVER_UNREACHABLE", "no"), ("again", BusyError)),
        (answer(409, "TASK_ELSEWHERE", "unknown"), ("again", UnreachableError)),
        (answer(504, "GATEWAY_LEFT", "yes"), ("again", UnreachableError)),
        (answer(504, "DEADLINE_EXCEEDED", "yes"), ("raise", FailedError)),
        (answer(500, "ERROR_CAPTCHA_UNSOLVABLE", "yes"), ("raise", FailedError)),
        (answer(502, "SUBMISSION_UNKNOWN", "unknown"), ("raise", UnknownError)),
        (answer(500, "INTERNAL_ERROR", "unknown"), ("raise", UnknownError)),
        (answer(400, "BAD_REQUEST", "no"), ("raise", TaskRefusedError)),
        (answer(422, "IDEMPOTENCY_KEY_REUSED", "no"), ("raise", TaskRefusedError)),
        (answer(401, "UNAUTHORIZED", "no"), ("raise", NotAllowedError)),
        (answer(403, "FORBIDDEN", "no"), ("raise", NotAllowedError)),
        (Answer(502, {}, b"<html>a proxy's</html>"), ("again", UnreachableError)),
        (Answer(429, {}, b""), ("again", UnreachableError)),
        (Answer(301, {"location": "https://other"}, b""), ("raise", UnreachableError)),
        (Answer(200, {}, b"<html>somebody's page</html>"), ("raise", UnreachableError)),
        (answer(202, submitted="yes"), ("raise", UnreachableError)),
    ],
)
def test_of_a_task_that_was_sent(evidence: Evidence, expected: tuple[str, type]) -> None:
    assert kind(judge_sent(evidence)) == expected


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (answer(200, submitted="yes"), ("done", Solution)),
        (answer(202, submitted="yes"), ("again", FailedError)),
        (NotSent("refused"), ("again", UnreachableError)),
        (Lost("reset"), ("again", UnreachableError)),
        (answer(404, "TASK_UNKNOWN", "unknown"), ("afresh", UnreachableError)),
        (answer(410, "TASK_LOST", "no"), ("afresh", UnreachableError)),
        (answer(503, "DRAINING", "no"), ("again", BusyError)),
        (answer(504, "GATEWAY_LEFT", "yes"), ("again", UnreachableError)),
        (answer(500, "ERROR_CAPTCHA_UNSOLVABLE", "yes"), ("raise", FailedError)),
        (answer(502, "SUBMISSION_UNKNOWN", "unknown"), ("raise", UnknownError)),
        (answer(401, "UNAUTHORIZED", "no"), ("raise", NotAllowedError)),
        (Answer(502, {}, b""), ("again", UnreachableError)),
    ],
)
def test_of_a_question_for_its_solution(evidence: Evidence, expected: tuple[str, type]) -> None:
    assert kind(judge_asked(evidence)) == expected


def test_what_a_silent_gateway_leaves_known_of_the_money() -> None:
    told = [judge_sent(NotSent("x")), judge_sent(Lost("x")), judge_asked(NotSent("x")), judge_asked(Lost("x"))]
    known = [one.error.submitted for one in told if isinstance(one, Again)]
    assert known == [Submitted.NO, Submitted.UNKNOWN, Submitted.YES, Submitted.YES]
    assert all(isinstance(one, Again) and one.silent for one in told)


def test_an_answer_that_came_early_is_asked_for_again_after_a_pause() -> None:
    late, early = (judge_asked(answer(202, submitted="yes"), early=one) for one in (False, True))
    assert isinstance(late, Again)
    assert isinstance(early, Again)
    assert (late.after, early.after) == (0.0, None)


def test_what_is_known_of_a_failure_is_told_on_one_line() -> None:
    evidence = answer(503, "NO_FREE_SLOT", "no", retry_after="3", nearway_task="t", location="/tasks/1")
    verdict = judge_sent(evidence)
    assert isinstance(verdict, Again)
    error = verdict.error
    assert (error.code, error.detail, error.submitted, error.status) == ("NO_FREE_SLOT", "so", Submitted.NO, 503)
    assert (error.retry_after, error.task, error.location, error.may_retry) == (3.0, "t", "/tasks/1", True)
    forged = judge_sent(Answer(400, {"task-submitted": "no"}, json.dumps({"error": "E\n\x1b[31mX", "detail": "a\r\nb"}).encode()))
    assert str(forged) == "E??[31mX: a??b (nothing was paid)"


EVIDENCE = st.one_of(
    st.builds(NotSent, st.text()),
    st.builds(Lost, st.text()),
    st.builds(BrokenOff, st.text(), st.booleans()),
    st.builds(
        Answer,
        st.integers(100, 599),
        st.fixed_dictionaries(
            {},
            optional={
                "task-submitted": st.sampled_from(["no", "yes", "unknown", "?"]),
                "location": st.just("/tasks/1"),
                "retry-after": st.sampled_from(["3", "soon"]),
            },
        ),
        st.one_of(st.binary(), st.sampled_from(sorted(CODES)).map(lambda code: json.dumps({"error": code}).encode())),
    ),
)


@given(EVIDENCE)
def test_what_the_gateway_calls_paid_or_unknown_is_not_begun_as_another_and_what_it_says_no_to_is_not_called_paid(
    evidence: Evidence,
) -> None:
    for verdict in (judge_sent(evidence), judge_asked(evidence)):
        error = verdict.error if isinstance(verdict, Again) else verdict
        if not isinstance(evidence, Answer) or not isinstance(error, NearwayError):
            continue
        said = evidence.headers.get("task-submitted")
        if said in ("yes", "unknown"):
            assert error.submitted is not Submitted.NO
            assert not isinstance(error, BusyError | TaskRefusedError)
        if isinstance(error, BusyError):
            assert said == "no"
