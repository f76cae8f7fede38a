"""The table of codes against one written by hand from the API's documentation."""

import pytest

from contract.codes import CODES as OURS
from contract.submitted import Submitted
from worker.codes import CODES, Class, code_of, code_problem

# Class, HTTP status, seconds until the next try of the task or of the account.
EXPECTED = {
    (Class.ACCOUNT, 500, 60.0): "ERROR_WRONG_USER_KEY ERROR_KEY_DOES_NOT_EXIST ERROR_IP_NOT_ALLOWED TOO_MANY_BAD_IMAGES",
    (Class.BUSY, 500, 8.0): "ERROR_ZERO_BALANCE",
    (Class.BUSY, 500, 5.0): "ERROR_NO_SLOT_AVAILABLE",
    (Class.PACE, 500, 10.0): "MAX_USER_TURN",
    (Class.PACE, 500, 5.0): "ERROR_TOO_MUCH_REQUESTS",
    (Class.TRANSIENT, 500, 5.0): "ERROR_SERVER_ERROR ERROR_INTERNAL_SERVER_ERROR",
    (Class.CALLER, 400, 0.0): "ERROR_PAGEURL ERROR_GOOGLEKEY ERROR_WRONG_GOOGLEKEY ERROR_BAD_TOKEN_OR_PAGEURL "
    "ERROR_DOMAIN_NOT_ALLOWED ERROR_BAD_PARAMETERS ERROR_ZERO_CAPTCHA_FILESIZE ERROR_TOO_BIG_CAPTCHA_FILESIZE "
    "ERROR_IMAGE_DIMENSIONS_TOO_LARGE ERROR_WRONG_FILE_EXTENSION ERROR_IMAGE_TYPE_NOT_SUPPORTED ERROR_UPLOAD "
    "ERROR_EMPTY_CAPTCHA ERROR_CAPTCHAIMAGE_BLOCKED ERROR_TOKEN_EXPIRED",
    (Class.PROXY, 400, 0.0): "ERROR_BAD_PROXY ERROR_PROXY_FORMAT ERROR_PROXY_CONNECTION_FAILED",
    (Class.UNSOLVABLE, 500, 0.0): "ERROR_CAPTCHA_UNSOLVABLE ERROR_BAD_DUPLICATES",
    (Class.MISSING, 404, 0.0): "ERROR_WRONG_CAPTCHA_ID ERROR_WRONG_ID_FORMAT ERROR_CAPTCHA_ID ERROR_NO_SUCH_CAPCHA_ID",
    (Class.BLOCKED, 500, 300.0): "IP_BANNED ERROR_IP_BANNED ERROR:_1002 ERROR:_1005",
    (Class.BLOCKED, 500, 600.0): "ERROR:_1001 ERROR:_1004",
    (Class.BLOCKED, 500, 30.0): "ERROR:_1003",
    (Class.OURS, 500, 0.0): "ERROR_EMPTY_ACTION ERROR_REPORT_NOT_RECORDED ERROR_DUPLICATE_REPORT ERROR_IP_ADDRES",
}
ROWS = {name.replace("_1", " 1"): row for row, names in EXPECTED.items() for name in names.split()}


def test_every_code_stands_in_the_table_and_no_other() -> None:
    assert {name: (code.kind, code.status, code.seconds) for name, code in CODES.items()} == ROWS


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.name)
def test_every_code_says_what_happened_and_what_to_do(code: object) -> None:
    row = CODES[getattr(code, "name", "")]
    assert row.title
    assert row.advice.endswith(".")


@pytest.mark.parametrize("name", CODES)
def test_a_refusal_to_take_a_task_costs_nothing_and_a_task_taken_is_paid(name: str) -> None:
    assert code_of(name).submitted(accepted=False) is Submitted.NO
    assert code_of(name).submitted(accepted=True) is Submitted.YES


def test_of_an_unknown_code_nobody_knows_the_price() -> None:
    code = code_of("ERROR_SOMETHING_NEW")
    assert (code.name, code.kind, code.status) == ("ERROR_SOMETHING_NEW", Class.UNKNOWN, 500)
    assert code.submitted(accepted=False) is Submitted.UNKNOWN
    assert code.submitted(accepted=True) is Submitted.YES


def test_no_code_of_the_api_has_a_status_that_means_not_begun_or_a_proxy() -> None:
    assert {code.status for code in CODES.values()} <= {400, 404, 500}


def test_names_of_the_api_and_ours_do_not_meet() -> None:
    assert not CODES.keys() & OURS.keys()


def test_the_problem_keeps_the_code_and_the_id() -> None:
    told = code_problem(code_of("ERROR_X"), accepted=True, text="why", captcha_id="5", location="/tasks/5")
    assert (told.error, told.submitted, told.more["captcha_id"], told.headers) == (
        "ERROR_X",
        Submitted.YES,
        "5",
        {"Location": "/tasks/5"},
    )
    assert "The API says: why" in told.detail
