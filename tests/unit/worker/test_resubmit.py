"""When a task may be handed over again: only after proof that the last time did not count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.codes import CODES, Class
from worker.outcome import Lost, NotSent, SubmissionOutcome
from worker.reply import Accepted, Refused, Unreadable
from worker.resubmit import again_after

AGAIN = ("ERROR_ZERO_BALANCE", "ERROR_NO_SLOT_AVAILABLE", "MAX_USER_TURN", "ERROR_TOO_MUCH_REQUESTS")
A_FEW_TIMES = ("ERROR_SERVER_ERROR", "ERROR_INTERNAL_SERVER_ERROR")
NEVER = [name for name in CODES if name not in AGAIN + A_FEW_TIMES]


@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param(Accepted("5"), id="accepted"),
        pytest.param(Lost("no answer in time"), id="no answer"),
        pytest.param(Unreadable("HTTP 502"), id="a page instead of an answer"),
        pytest.param(Refused("ERROR_UNNAMED", "x"), id="a refusal that names no code"),
        pytest.param(Refused("ERROR_SOMETHING_NEW"), id="a code that no list has"),
        *(pytest.param(Refused(name), id=name) for name in NEVER),
    ],
)
def test_never_again(outcome: SubmissionOutcome) -> None:
    assert again_after(outcome, 1, 0.0) is None


@pytest.mark.parametrize(
    ("outcome", "tries", "seconds"),
    [
        pytest.param(Refused("ERROR_ZERO_BALANCE"), 1, 8.0, id="no thread: 8 s, as CaptchaAI's own client"),
        pytest.param(Refused("ERROR_ZERO_BALANCE"), 20, 8.0, id="no thread: never longer"),
        pytest.param(Refused("ERROR_NO_SLOT_AVAILABLE"), 1, 5.0, id="no slot"),
        pytest.param(Refused("MAX_USER_TURN"), 1, 10.0, id="too fast: the ban's 10 s"),
        pytest.param(Refused("ERROR_SERVER_ERROR"), 1, 5.0, id="server error"),
        pytest.param(Refused("ERROR_SERVER_ERROR"), 3, 20.0, id="server error: doubling"),
        pytest.param(Refused("ERROR_SERVER_ERROR"), 5, None, id="server error: five times in all"),
        pytest.param(NotSent("refused"), 1, 0.5, id="no connection: soon"),
        pytest.param(NotSent("refused"), 3, 2.0, id="no connection: doubling"),
        pytest.param(NotSent("refused"), 4, None, id="no connection: four times in all"),
    ],
)
def test_again(outcome: SubmissionOutcome, tries: int, seconds: float | None) -> None:
    assert again_after(outcome, tries, 0.0) == seconds


@given(st.sampled_from(AGAIN + A_FEW_TIMES), st.integers(1, 4), st.floats(0, 1))
def test_jitter_only_makes_it_later(name: str, tries: int, jitter: float) -> None:
    least, got = again_after(Refused(name), tries, 0.0), again_after(Refused(name), tries, jitter)
    assert least is not None
    assert got is not None
    assert least <= got <= 1.5 * least
    assert got >= CODES[name].seconds


def test_what_is_not_repeated_is_all_that_may_cost() -> None:
    assert {CODES[name].kind for name in NEVER}.isdisjoint({Class.BUSY, Class.PACE, Class.TRANSIENT})
