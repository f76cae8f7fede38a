import json
from typing import Any

import pytest

from demo.api.answers import Accepted, Answer, Batch, Refusal, Said, Solution, Threads
from demo.api.codes import POLL_CODES, SUBMIT_CODES
from demo.api.replies import Reply, server_error, write
from demo.api.switches import Body, ErrorBody, Switches

SOLVED = Solution("tok")
RESULT = Solution("tok", field="result", fields={"user_agent": "UA"})
GEETEST = Solution({"validate": "v", "seccode": "v|jordan"})


def text(answer: Answer) -> str:
    return write(answer, Switches(), as_json=False).body.decode()


def obj(answer: Answer, **switches: Any) -> Any:
    reply = write(answer, Switches(**switches), as_json=True)
    assert (reply.status, reply.content_type) == (200, "application/json")
    return json.loads(reply.body)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(Accepted("123"), "OK|123", id="accepted"),
        pytest.param(Accepted("00000000000000000123"), "OK|00000000000000000123", id="accepted with a long id"),
        pytest.param(SOLVED, "OK|tok", id="solved"),
        pytest.param(RESULT, "OK|tok", id="solved, in result"),
        pytest.param(Solution("tok", price="0.1"), "OK|tok|0.1", id="solved, with the price"),
        pytest.param(GEETEST, 'OK|{"validate": "v", "seccode": "v|jordan"}', id="solved, an object"),
        pytest.param(Refusal("CAPCHA_NOT_READY"), "CAPCHA_NOT_READY", id="not ready"),
        pytest.param(Refusal("ERROR: 1005", "why"), "ERROR: 1005", id="a limit"),
        pytest.param(
            Batch((SOLVED, Refusal("CAPCHA_NOT_READY"), Solution(["x"]))), 'tok|CAPCHA_NOT_READY|["x"]', id="several, without OK"
        ),
        pytest.param(Said("10.00"), "10.00", id="the balance, without OK"),
        pytest.param(Said("OK_REPORT_RECORDED"), "OK_REPORT_RECORDED", id="a report"),
        pytest.param(Threads(5, 2), '{"threads": 5, "working_threads": 2}', id="threads, JSON in text mode too"),
    ],
)
def test_the_shape_in_text_mode(answer: Answer, expected: str) -> None:
    assert text(answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(Accepted("123"), {"status": 1, "request": 123}, id="accepted, the id a number"),
        pytest.param(SOLVED, {"status": 1, "request": "tok"}, id="solved"),
        pytest.param(RESULT, {"status": 1, "result": "tok", "user_agent": "UA"}, id="solved, in result only"),
        pytest.param(Solution("tok", price="0.1"), {"status": 1, "request": "tok", "price": "0.1"}, id="solved, with the price"),
        pytest.param(GEETEST, {"status": 1, "request": {"validate": "v", "seccode": "v|jordan"}}, id="solved, an object"),
        pytest.param(Solution(["tok"]), {"status": 1, "request": ["tok"]}, id="solved, a list"),
        pytest.param(Refusal("ERROR_PAGEURL", "why"), {"status": 0, "request": "ERROR_PAGEURL"}, id="refused"),
        pytest.param(Batch((Refusal("X"), SOLVED)), {"status": 1, "request": "X|tok"}, id="several, status 1 in any case"),
        pytest.param(Said("10.00"), {"status": 1, "request": "10.00"}, id="the balance"),
        pytest.param(Threads(5, 2), {"threads": 5, "working_threads": 2}, id="threads, without a status"),
    ],
)
def test_the_shape_under_json(answer: Answer, expected: object) -> None:
    assert obj(answer) == expected


@pytest.mark.parametrize("code", sorted(SUBMIT_CODES | POLL_CODES))
def test_every_code_is_written_in_both_modes(code: str) -> None:
    status = 429 if code == "ERROR_TOO_MUCH_REQUESTS" else 200
    plain, structured = (write(Refusal(code), Switches(), as_json=as_json) for as_json in (False, True))
    assert plain == Reply(status, "text/plain; charset=utf-8", code.encode())
    assert (structured.status, json.loads(structured.body)) == (status, {"status": 0, "request": code})


@pytest.mark.parametrize("id_type", ["string", "padded"])
def test_an_id_can_be_text(id_type: str) -> None:
    assert obj(Accepted("00123"), id_type=id_type) == {"status": 1, "request": "00123"}


def test_numbers_can_be_text() -> None:
    strings = {"status_type": "string"}
    assert obj(SOLVED, **strings)["status"] == "1"
    assert obj(Refusal("X"), **strings)["status"] == "0"
    assert obj(Threads(5, 0), **strings) == {"threads": "5", "working_threads": "0"}


def test_an_error_can_say_why() -> None:
    assert obj(Refusal("X", "because"), error_text=True) == {"status": 0, "request": "X", "error_text": "because"}


@pytest.mark.parametrize(
    ("body", "status", "content_type", "start"),
    [
        (Body.PLAIN, 200, "text/plain; charset=utf-8", b"OK|123"),
        (Body.HTML_502, 502, "text/html; charset=utf-8", b"<html>"),
        (Body.HTML_200, 200, "text/html; charset=utf-8", b"<html>"),
        (Body.EMPTY, 200, "application/json", b""),
        (Body.TRUNCATED, 200, "application/json", b'{"status":'),
    ],
)
def test_what_comes_instead_of_json(body: Body, status: int, content_type: str, start: bytes) -> None:
    reply = write(Accepted("123"), Switches(), as_json=True, body=body)
    assert (reply.status, reply.content_type) == (status, content_type)
    assert reply.body.startswith(start)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        json.loads(reply.body)
    assert write(Accepted("123"), Switches(), as_json=False, body=body).body == b"OK|123", "text mode is spared"


@pytest.mark.parametrize(("body", "start"), [(ErrorBody.JSON, b'{"status": 0'), (ErrorBody.HTML, b"<html>")])
def test_a_server_error_tells_nothing_of_the_task(body: ErrorBody, start: bytes) -> None:
    reply = server_error(503, body)
    assert reply.status == 503
    assert reply.body.startswith(start)
