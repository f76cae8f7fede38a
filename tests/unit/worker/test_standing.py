"""What the API says of the account."""

import pytest

from worker.codes import CODES, Class
from worker.outcome import Lost
from worker.reply import Refused, Unreadable
from worker.standing import Balance, Threads, is_well, parse_balance, parse_threads


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"threads":5,"working_threads":2}', Threads(5, 2)),
        (b'{"threads":"5","working_threads":"2"}', Threads(5, 2)),
        (b'{"threads":0}', Threads(0, 0)),
        (b'{"status":0,"request":"ERROR_KEY_DOES_NOT_EXIST"}', Refused("ERROR_KEY_DOES_NOT_EXIST")),
        (b"ERROR_EMPTY_ACTION", Refused("ERROR_EMPTY_ACTION")),
        (b'{"threads":true}', Unreadable("neither what was asked for nor a code")),
        (b'{"threads":-1}', Unreadable("neither what was asked for nor a code")),
        (b"<html>", Unreadable("neither what was asked for nor a code")),
        (b"", Unreadable("neither what was asked for nor a code")),
    ],
)
def test_threads(body: bytes, expected: object) -> None:
    assert parse_threads(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"status":1,"request":"12.345"}', Balance(12.345)),
        (b'{"status":1,"request":10}', Balance(10)),
        (b"1.2345", Balance(1.2345)),
        (b'{"status":0,"request":"ERROR_WRONG_USER_KEY"}', Refused("ERROR_WRONG_USER_KEY")),
        (b'{"status":1,"request":1e999}', Unreadable("neither what was asked for nor a code")),
        (b"\xff", Unreadable("neither what was asked for nor a code")),
    ],
)
def test_balance(body: bytes, expected: object) -> None:
    assert parse_balance(body) == expected


@pytest.mark.parametrize(
    ("answer", "well"), [(Threads(5, 5), True), (Threads(0, 0), False), (Lost("x"), None), (Unreadable("x"), None)]
)
def test_well_or_not(answer: Threads | Lost | Unreadable, well: bool | None) -> None:
    assert is_well(answer) is well


@pytest.mark.parametrize("name", CODES)
def test_only_a_code_about_the_account_or_no_answer_keeps_it_shut(name: str) -> None:
    assert is_well(Refused(name)) is (CODES[name].kind not in (Class.ACCOUNT, Class.BLOCKED, Class.TRANSIENT))
