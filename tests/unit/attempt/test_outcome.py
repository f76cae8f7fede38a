import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attempt.evidence import Answer, Evidence, Lost, NotSent
from attempt.outcome import Outcome, Waited, asked_for, is_ours_to_mend, outcome_of, waited_for
from contract.token import CHALLENGE


def answer(status: int, submitted: str | None = None, **headers: str) -> Answer:
    said = {} if submitted is None else {"task-submitted": submitted}
    return Answer(status, {**said, **headers}, b"")


def forbidden(submitted: str | None, error: str = "CERTIFICATE_REQUIRED") -> Answer:
    return replace(answer(403, submitted), body=json.dumps({"error": error}).encode())


def challenged(submitted: str | None, challenge: str = CHALLENGE) -> Answer:
    return answer(401, submitted, **{"www-authenticate": challenge})


@pytest.mark.parametrize(
    "evidence", [forbidden("unknown"), challenged("unknown"), answer(503), answer(202), Lost("reset")], ids=str
)
def test_a_wait_that_can_not_be_answered_here_is_no_last_word_for_who_asked_for_it(evidence: Evidence) -> None:
    assert asked_for(evidence) is not Waited.DONE


@pytest.mark.parametrize("evidence", [answer(400), answer(404), challenged("unknown", "Bearer"), answer(200)], ids=str)
def test_a_mistake_in_a_location_is(evidence: Evidence) -> None:
    assert asked_for(evidence) is Waited.DONE


@pytest.mark.parametrize(
    ("evidence", "is_ours"),
    [
        (forbidden("no"), True),
        (forbidden("no", "OTHER"), False),
        (challenged("no"), True),
        (answer(401, "no"), False),
        (replace(answer(502, "no"), body=b'{"error": "WORKER_TOKEN_REFUSED"}'), True),
        (replace(answer(502, "no"), body=b'{"error": "REGION_UNREACHABLE"}'), False),
        (replace(answer(200), body=b'{"error": "WORKER_TOKEN_REFUSED"}'), False),
    ],
    ids=str,
)
def test_what_the_operator_has_to_mend(evidence: Answer, is_ours: bool) -> None:
    assert is_ours_to_mend(evidence) is is_ours


@pytest.mark.parametrize(
    ("evidence", "outcome"),
    [
        pytest.param(NotSent("refused"), Outcome.UNSENT, id="no connection: nothing was spent"),
        pytest.param(Lost("reset"), Outcome.UNKNOWN, id="sent and lost: perhaps paid"),
        pytest.param(answer(202, "yes", location="/tasks/1"), Outcome.ACCEPTED, id="accepted"),
        pytest.param(answer(202, location="/tasks/1"), Outcome.ACCEPTED, id="accepted, by a worker that says no more"),
        pytest.param(answer(202, "yes"), Outcome.UNKNOWN, id="accepted, but nowhere to ask: stop"),
        pytest.param(answer(200, "yes"), Outcome.ANSWERED, id="solved at once"),
        pytest.param(answer(200), Outcome.ANSWERED, id="solved, by a worker that says no more"),
        pytest.param(answer(503, "no"), Outcome.REFUSED, id="full"),
        pytest.param(answer(429, "no"), Outcome.REFUSED, id="too many requests, and not begun"),
        pytest.param(answer(503), Outcome.UNKNOWN, id="a 503 that does not say: may be a worker that began"),
        pytest.param(answer(503, "unknown"), Outcome.UNKNOWN, id="a 503 that does not know"),
        pytest.param(answer(429), Outcome.UNKNOWN, id="a 429 that does not say"),
        pytest.param(answer(502, "no"), Outcome.UNSENT, id="nginx reached no worker"),
        pytest.param(answer(502, "unknown"), Outcome.UNKNOWN, id="nginx lost the worker after sending"),
        pytest.param(answer(504), Outcome.UNKNOWN, id="a proxy we do not know timed out"),
        pytest.param(answer(500, "no"), Outcome.UNSENT, id="a worker in trouble that spent nothing"),
        pytest.param(answer(500, "yes"), Outcome.ANSWERED, id="unsolvable: the worker's own word"),
        pytest.param(answer(500, "unknown"), Outcome.UNKNOWN, id="the worker does not know itself"),
        pytest.param(answer(500), Outcome.UNKNOWN, id="a foreign worker's fault"),
        pytest.param(answer(400, "no"), Outcome.ANSWERED, id="the caller's fault is the same everywhere"),
        pytest.param(answer(413, "no"), Outcome.ANSWERED, id="too large here is too large everywhere"),
        pytest.param(forbidden("no"), Outcome.UNSENT, id="it is our certificate that is not good enough there"),
        pytest.param(forbidden(None), Outcome.UNKNOWN, id="the same, and nothing said of money"),
        pytest.param(forbidden("yes"), Outcome.ANSWERED, id="the same, and paid all the same"),
        pytest.param(forbidden("no", "OTHER"), Outcome.ANSWERED, id="something else is forbidden"),
        pytest.param(challenged("no"), Outcome.UNSENT, id="it is our token that is not good enough there"),
        pytest.param(challenged(None), Outcome.UNKNOWN, id="a token's refusal that says nothing of money"),
        pytest.param(challenged("no", "Bearer"), Outcome.ANSWERED, id="a worker of somebody else's wants to know the caller"),
        pytest.param(answer(404), Outcome.UNKNOWN, id="a refusal that says nothing of money"),
        pytest.param(answer(302, location="/elsewhere"), Outcome.UNKNOWN, id="a redirect tells nothing"),
    ],
)
def test_the_table(evidence: Evidence, outcome: Outcome) -> None:
    assert outcome_of(evidence) is outcome


statuses = st.integers(200, 599)
words = st.sampled_from([None, "no", "yes", "unknown", "nonsense"])


@given(statuses, words, st.booleans())
def test_a_task_is_sent_on_only_when_somebody_said_that_nothing_was_spent(
    status: int, word: str | None, has_location: bool
) -> None:
    outcome = outcome_of(answer(status, word, **({"location": "/tasks/1"} if has_location else {})))
    if outcome in (Outcome.UNSENT, Outcome.REFUSED):
        assert word == "no"


@pytest.mark.parametrize(
    ("evidence", "waited"),
    [
        pytest.param(answer(200, "yes"), Waited.DONE, id="solved"),
        pytest.param(answer(202, "yes"), Waited.NOT_YET, id="not yet"),
        pytest.param(answer(500, "yes"), Waited.DONE, id="the worker's last word"),
        pytest.param(answer(404, "yes"), Waited.DONE, id="the API does not know the id"),
        pytest.param(answer(500, "unknown"), Waited.NO_WORD, id="a worker with a fault of its own"),
        pytest.param(answer(502, "unknown"), Waited.NO_WORD, id="nginx lost its worker"),
        pytest.param(answer(502, "yes"), Waited.NO_WORD, id="a proxy has no last word"),
        pytest.param(answer(503, "no"), Waited.NO_WORD, id="no worker there"),
        pytest.param(answer(504, "yes"), Waited.NO_WORD, id="nginx ran out of patience"),
        pytest.param(forbidden("unknown"), Waited.NO_WORD, id="our certificate is not good enough there"),
        pytest.param(NotSent("refused"), Waited.NO_WORD, id="nginx is gone"),
        pytest.param(Lost("reset"), Waited.NO_WORD, id="nginx went while we waited"),
    ],
)
def test_what_a_wait_came_to(evidence: Evidence, waited: Waited) -> None:
    assert waited_for(evidence) is waited
