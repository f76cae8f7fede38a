import pytest

from demo.api.limits import BLOCK_SECONDS, CODES, Limits
from demo.api.switches import Limit

BUSY, BROKE = "ERROR_NO_SLOT_AVAILABLE", "ERROR_ZERO_BALANCE"


def on(*limits: Limit, factor: float = 1.0) -> Limits:
    return Limits(frozenset(limits), factor)


def test_the_codes_are_as_documented() -> None:
    assert CODES == {
        Limit.NO_SLOT_BURST: "ERROR: 1001",
        Limit.ZERO_BALANCE_BURST: "ERROR: 1002",
        Limit.NO_SLOT_SHARE: "ERROR: 1003",
        Limit.WRONG_KEY: "ERROR: 1004",
        Limit.POLLS: "ERROR: 1005",
        Limit.MAX_USER_TURN: "MAX_USER_TURN",
        Limit.IP_BANNED: "IP_BANNED",
    }


@pytest.mark.parametrize(
    ("limit", "refusal"),
    [(Limit.NO_SLOT_BURST, BUSY), (Limit.ZERO_BALANCE_BURST, BROKE)],
)
def test_120_busy_answers_in_a_minute_shut_in_php(limit: Limit, refusal: str) -> None:
    limits = on(limit)
    for number in range(119):
        limits.refused(refusal, number * 0.5)
    assert limits.submitting(59.4) is None
    limits.refused(refusal, 59.5)
    assert limits.submitting(59.5) == CODES[limit]
    assert limits.submitting(59.5 + BLOCK_SECONDS[limit] - 0.1) == CODES[limit]
    assert limits.submitting(59.5 + BLOCK_SECONDS[limit]) is None


@pytest.mark.parametrize(("limit", "refusal"), [(Limit.NO_SLOT_BURST, BUSY), (Limit.ZERO_BALANCE_BURST, BROKE)])
def test_busy_answers_over_more_than_a_minute_shut_nothing(limit: Limit, refusal: str) -> None:
    limits = on(limit)
    for number in range(1000):
        limits.refused(refusal, number * 0.51)
    assert limits.submitting(510) is None


@pytest.mark.parametrize(("limit", "other"), [(Limit.NO_SLOT_BURST, BROKE), (Limit.ZERO_BALANCE_BURST, BUSY)])
def test_other_answers_do_not_count(limit: Limit, other: str) -> None:
    limits = on(limit)
    for _ in range(500):
        limits.refused(other, 1.0)
        limits.refused("ERROR_PAGEURL", 1.0)
    assert limits.submitting(1.0) is None


@pytest.mark.parametrize(
    ("taken", "allowed"),
    [
        pytest.param(0, 119, id="120 at the least"),
        pytest.param(40, 119, id="3 times 40 is 120"),
        pytest.param(50, 149, id="3 times the tasks taken"),
    ],
)
def test_three_no_slots_for_each_task_shut_in_php_for_30_seconds(taken: int, allowed: int) -> None:
    limits = on(Limit.NO_SLOT_SHARE)
    for _ in range(taken):
        limits.taken()
    for number in range(allowed):
        limits.refused(BUSY, number * 10.0)
    now = allowed * 10.0
    assert limits.submitting(now) is None
    limits.refused(BUSY, now)
    assert limits.submitting(now) == "ERROR: 1003"
    assert limits.submitting(now + 30) is None


@pytest.mark.parametrize(("limit", "lasts"), [(Limit.WRONG_KEY, 600.0), (Limit.IP_BANNED, 300.0)])
def test_five_wrong_keys_shut_out_the_address_and_no_other(limit: Limit, lasts: float) -> None:
    limits = on(limit)
    for _ in range(4):
        limits.wrong_key("a", 0.0)
    assert limits.of_address("a", 0.0) is None
    limits.wrong_key("a", 1.0)
    assert limits.of_address("a", lasts + 0.9) == CODES[limit]
    assert limits.of_address("b", 1.0) is None
    assert limits.of_address("a", lasts + 1.0) is None
    limits.wrong_key("a", lasts + 1.0)
    assert limits.of_address("a", lasts + 1.0) is None, "the count began anew"


@pytest.mark.parametrize("taken", [0, 1, 7])
def test_more_than_20_polls_a_task_and_1200_shut_res_php(taken: int) -> None:
    limits = on(Limit.POLLS)
    for _ in range(taken):
        limits.taken()
    for _ in range(20 * taken + 1200):
        assert limits.polling(5.0) is None
    assert limits.polling(5.0) == "ERROR: 1005"
    assert limits.polling(304.9) == "ERROR: 1005"
    assert limits.submitting(6.0) is None
    assert limits.polling(305.0) is None


def test_more_than_60_submissions_in_3_seconds_shut_in_php_for_10() -> None:
    limits = on(Limit.MAX_USER_TURN)
    assert [limits.submitting(number * 0.04) for number in range(60)] == [None] * 60
    assert limits.submitting(2.9) == "MAX_USER_TURN"
    assert limits.submitting(12.8) == "MAX_USER_TURN"
    assert limits.polling(3.0) is None
    assert limits.submitting(12.9) is None


def test_20_submissions_a_second_are_never_too_many() -> None:
    limits = on(Limit.MAX_USER_TURN)
    assert {limits.submitting(number * 0.0501) for number in range(1000)} == {None}


def test_a_block_lasts_as_long_as_its_factor_says() -> None:
    limits = on(Limit.IP_BANNED, factor=0.01)
    for _ in range(5):
        limits.wrong_key("a", 0.0)
    assert limits.of_address("a", 2.9) == "IP_BANNED"
    assert limits.of_address("a", 3.0) is None


def test_a_limit_that_is_off_shuts_nothing() -> None:
    limits = on()
    for _ in range(2000):
        limits.wrong_key("a", 0.0)
        limits.refused(BUSY, 0.0)
        limits.refused(BROKE, 0.0)
        assert limits.submitting(0.0) is None
        assert limits.polling(0.0) is None
    assert limits.of_address("a", 0.0) is None
