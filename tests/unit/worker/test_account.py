"""The breakers and the pace."""

import pytest

from worker.account import Account, Breaker
from worker.codes import CODES, Class, code_of

WRONG_KEY = CODES["ERROR_KEY_DOES_NOT_EXIST"]
BANNED = CODES["IP_BANNED"]


def test_a_wrong_key_shuts_hand_overs_and_not_looks() -> None:
    state = Account().refused(WRONG_KEY, 100, polling=False)
    assert (state.submit.code, state.submit.until, state.poll.code) == (WRONG_KEY, 160, None)


def test_a_wrong_key_at_a_look_shuts_both() -> None:
    state = Account().refused(WRONG_KEY, 100, polling=True)
    assert (state.submit.code, state.poll.code) == (WRONG_KEY, WRONG_KEY)


def test_a_ban_shuts_both_for_its_time() -> None:
    state = Account().refused(BANNED, 100, polling=False)
    assert (state.submit.until, state.poll.until) == (400, 400)


@pytest.mark.parametrize("name", [name for name, code in CODES.items() if code.kind not in (Class.ACCOUNT, Class.BLOCKED)])
@pytest.mark.parametrize("polling", [True, False])
def test_no_other_code_shuts_anything(name: str, polling: bool) -> None:
    assert Account().refused(code_of(name), 100, polling=polling).probe_at() is None


def test_an_unknown_code_shuts_nothing() -> None:
    assert Account().refused(code_of("ERROR_NEW"), 100, polling=True) == Account()


def test_refusals_of_what_was_sent_before_make_no_pause_longer() -> None:
    state = Account().refused(WRONG_KEY, 100, polling=False)
    assert state.refused(WRONG_KEY, 101, polling=False) == state


def test_a_look_that_works_opens_no_hand_over() -> None:
    state = Account().refused(WRONG_KEY, 100, polling=True).answered()
    assert (state.submit.code, state.poll.code) == (WRONG_KEY, None)


def test_a_task_taken_opens_hand_overs_and_forgets() -> None:
    assert Account().refused(WRONG_KEY, 100, polling=False).accepted().submit == Breaker()


def test_pauses_double_while_the_account_only_looks_well() -> None:
    state, now, pauses = Account(), 0.0, []
    for _ in range(6):
        state = state.refused(WRONG_KEY, now, polling=False)
        pauses.append(state.submit.until - now)
        now = state.submit.until
        state = state.probed(True, now)
        assert state.submit.code is None
    assert pauses == [60, 120, 240, 480, 600, 600]


@pytest.mark.parametrize("well", [False, None], ids=["not well", "no answer"])
def test_an_account_that_is_not_shown_to_be_well_stays_shut(well: bool | None) -> None:
    state = Account().refused(WRONG_KEY, 100, polling=True).probed(well, 160)
    assert (state.submit.code, state.poll.code, state.probe_at()) == (WRONG_KEY, WRONG_KEY, 220)


def test_the_earlier_of_both_is_asked_for_first() -> None:
    state = Account().refused(BANNED, 0, polling=False).answered().refused(WRONG_KEY, 50, polling=True)
    assert (state.submit.until, state.poll.until, state.probe_at()) == (300, 110, 110)


def test_speed_divides_the_pauses() -> None:
    assert Account(speed=10).refused(BANNED, 0, polling=False).submit.until == 30
    assert Account(speed=10).refused(CODES["MAX_USER_TURN"], 0, polling=False).next_turn == 1


def test_turns_are_a_gap_apart() -> None:
    assert Account().turn_taken(100, 0.1).next_turn == 100.1


@pytest.mark.parametrize(
    ("name", "polling", "at"),
    [
        pytest.param("MAX_USER_TURN", False, 110, id="too many tasks: the ban's time"),
        pytest.param("ERROR_TOO_MUCH_REQUESTS", False, 105, id="too many requests"),
        pytest.param("ERROR_ZERO_BALANCE", False, 101, id="busy: not over 60 refusals a minute"),
        pytest.param("ERROR_NO_SLOT_AVAILABLE", False, 101, id="no slot, likewise"),
        pytest.param("MAX_USER_TURN", True, 0, id="what looks meet is no matter of hand-overs"),
        pytest.param("ERROR_PAGEURL", False, 0, id="nor is a task that is wrong"),
    ],
)
def test_after_a_refusal_for_haste_everybody_waits(name: str, polling: bool, at: float) -> None:
    assert Account().refused(CODES[name], 100, polling=polling).next_turn == at


def test_while_busy_turns_are_a_second_apart_until_a_task_is_taken() -> None:
    busy = Account().refused(CODES["ERROR_ZERO_BALANCE"], 100, polling=False)
    assert busy.turn_taken(101, 0.1).next_turn == 102
    assert busy.turn_taken(101, 5).next_turn == 106
    assert busy.accepted().turn_taken(101, 0.1).next_turn == 101.1


def test_a_turn_makes_no_pause_shorter() -> None:
    assert Account().refused(CODES["MAX_USER_TURN"], 100, polling=False).turn_taken(101, 0.1).next_turn == 110
