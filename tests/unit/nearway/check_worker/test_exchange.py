import pytest

from nearway.check_worker.exchange import header
from tests.unit.nearway.check_worker.making import answer, problem, solved


def test_an_answer_is_shown_without_its_body_since_that_may_hold_a_solution() -> None:
    assert str(solved("secret")) == "200 application/json"
    assert str(problem(400)) == "400 application/problem+json with error BAD_REQUEST"
    assert str(answer(200, b"x", "")) == "200 without Content-Type"


def test_nothing_a_worker_says_reaches_the_terminal_as_a_control_character() -> None:
    hostile = answer(500, {"error": "a\x1b[31m\nok   all is well" + "x" * 100}, "text\x07/json+json", retry_after="\x1b[1m5")
    shown = str(hostile) + header(hostile, "Retry-After")
    assert shown.isprintable()
    assert len(shown) < 150


@pytest.mark.parametrize(
    ("body", "media_type", "members"),
    [
        (b'{"a": 1}', "application/json; charset=utf-8", {"a": 1}),
        (b'{"a": 1}', "Application/Problem+JSON", {"a": 1}),
        (b'{"a": 1}', "text/html", None),
        (b"[1]", "application/json", None),
        (b"\xff", "application/json", None),
        (b"[" * 100_000, "application/json", None),
    ],
)
def test_json_is_what_says_it_is_and_is(body: bytes, media_type: str, members: object) -> None:
    assert answer(200, body, media_type).members == members
