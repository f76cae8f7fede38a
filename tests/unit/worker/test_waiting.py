"""What one look means."""

import pytest

from worker.codes import CODES, Class, code_of
from worker.outcome import Lost, NotSent, PollOutcome
from worker.reply import NotReady, Refused, Solved, Unreadable
from worker.waiting import Done, Failed, GoOn, judge

ON = {"ERROR_ZERO_BALANCE": 8.0, "ERROR_NO_SLOT_AVAILABLE": 5.0, "MAX_USER_TURN": 10.0, "ERROR_TOO_MUCH_REQUESTS": 5.0}
ON |= {"ERROR_SERVER_ERROR": 5.0, "ERROR_INTERNAL_SERVER_ERROR": 5.0}
ON |= {name: 0.0 for name, code in CODES.items() if code.kind is Class.BLOCKED}


@pytest.mark.parametrize(
    "outcome",
    [NotReady(), NotSent("refused"), Lost("reset"), Unreadable("HTTP 502")],
    ids=["not ready", "no connection", "no answer", "a page"],
)
def test_trouble_on_the_way_ends_nothing(outcome: PollOutcome) -> None:
    assert judge(outcome, GoOn(spared=1, after=9.0), 100) == GoOn(spared=1)


def test_a_solution_ends_it() -> None:
    assert judge(Solved("t"), GoOn(), 100) == Done(Solved("t"))


@pytest.mark.parametrize("name", [*CODES, "ERROR_SOMETHING_NEW"])
def test_every_code(name: str) -> None:
    got = judge(Refused(name, "why"), GoOn(spared=2), 100)
    assert got == (GoOn(2, ON[name]) if name in ON else Failed(code_of(name), "why"))


def test_a_proxy_that_fails_is_let_pass_twice() -> None:
    outcome = Refused("ERROR_PROXY_CONNECTION_FAILED")
    assert judge(outcome, GoOn(), 100) == GoOn(1)
    assert judge(outcome, GoOn(1), 100) == GoOn(2)
    assert isinstance(judge(outcome, GoOn(2), 100), Failed)


@pytest.mark.parametrize("name", ["ERROR_WRONG_CAPTCHA_ID", "ERROR_NO_SUCH_CAPCHA_ID"])
def test_an_id_not_known_yet_is_let_pass_once_while_the_task_is_young(name: str) -> None:
    assert judge(Refused(name), GoOn(), 20) == GoOn(1)
    assert isinstance(judge(Refused(name), GoOn(1), 25), Failed)
    assert isinstance(judge(Refused(name), GoOn(), 40), Failed)
