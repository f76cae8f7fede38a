"""Every shape a reply may have, and that no mangled one becomes a solution or an id."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.reply import (
    ID,
    Accepted,
    NotReady,
    Poll,
    Refused,
    Solved,
    Submission,
    Unreadable,
    parse_poll,
    parse_submission,
)

HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"
ARTICLE = "https://2captcha.com/blog/recaptcha-v2-data-s"


def js(**members: object) -> bytes:
    return json.dumps(members).encode()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(js(status=1, request="2122988149"), Accepted("2122988149"), id="an id as text"),
        pytest.param(js(status=1, request=3397637370), Accepted("3397637370"), id="an id as a number"),
        pytest.param(js(status="1", request="7"), Accepted("7"), id="the status as text"),
        pytest.param(js(status=1, request="00000000001234567890"), Accepted("00000000001234567890"), id="leading zeros stay"),
        pytest.param(b"\xef\xbb\xbf" + js(status=1, request=5), Accepted("5"), id="a byte order mark"),
        pytest.param(b"OK|2122988149", Accepted("2122988149"), id="text where JSON was asked for"),
        pytest.param(b" OK|77\r\n", Accepted("77"), id="text with a line's end"),
        pytest.param(js(status=0, request="ERROR_ZERO_BALANCE"), Refused("ERROR_ZERO_BALANCE"), id="a code"),
        pytest.param(js(status="0", request="IP_BANNED"), Refused("IP_BANNED"), id="a code, status as text"),
        pytest.param(
            js(status=0, request="ERROR_BAD_PARAMETERS", error_text="pageurl?"),
            Refused("ERROR_BAD_PARAMETERS", "pageurl?"),
            id="a code with its text",
        ),
        pytest.param(b"ERROR_UPLOAD", Refused("ERROR_UPLOAD"), id="a bare code"),
        pytest.param(b"MAX_USER_TURN", Refused("MAX_USER_TURN"), id="a bare code of another form"),
        pytest.param(b"ERROR: 1001", Refused("ERROR: 1001"), id="a numbered code"),
        pytest.param(js(status=0, request="ERROR:1004"), Refused("ERROR: 1004"), id="a numbered code without its blank"),
        pytest.param(js(status=0, request=ARTICLE), Refused("ERROR_UNNAMED", ARTICLE), id="an article's address as the error"),
        pytest.param(HTML, Unreadable, id="a page"),
        pytest.param(b"", Unreadable, id="nothing"),
        pytest.param(b"\xff\xfe", Unreadable, id="no text"),
        pytest.param(b'{"status":1,"request":"21229', Unreadable, id="JSON cut off"),
        pytest.param(b'array(3) { }\n{"status":1,"request":"5"}', Unreadable, id="a dump before the answer"),
        pytest.param(js(status=1), Unreadable, id="accepted, no id"),
        pytest.param(js(status=1, request="12a"), Unreadable, id="accepted, an id that is none"),
        pytest.param(js(status=1, request=-5), Unreadable, id="accepted, a negative id"),
        pytest.param(js(status=1, request=True), Unreadable, id="accepted, true as the id"),
        pytest.param(js(status=1, request=1.5), Unreadable, id="accepted, a fraction as the id"),
        pytest.param(js(status=True, request="5"), Unreadable, id="true as the status"),
        pytest.param(js(status=2, request="5"), Unreadable, id="another status"),
        pytest.param(js(request="5"), Unreadable, id="no status"),
        pytest.param(js(status=0), Unreadable, id="refused, no reason"),
        pytest.param(js(status=0, request=None), Unreadable, id="refused, null"),
        pytest.param(b"OK|", Unreadable, id="OK and no id"),
        pytest.param(b"OK|1|2", Unreadable, id="OK and two ids"),
        pytest.param(b"12345", Unreadable, id="a bare number"),
        pytest.param(b'"ERROR_UPLOAD"', Unreadable, id="a JSON string"),
        pytest.param(b"[" * 100_000, Unreadable, id="nested without end"),
        pytest.param(b'{"status":1,"request":' + b"9" * 5000 + b"}", Unreadable, id="a number of 5000 digits"),
    ],
)
def test_reply_to_a_submission(body: bytes, expected: Submission | type) -> None:
    got = parse_submission(200, body)
    assert isinstance(got, expected) if isinstance(expected, type) else got == expected


GEETEST = {"challenge": "c", "validate": "v", "seccode": "v|jordan"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(js(status=1, request="03AHJ_token"), Solved("03AHJ_token"), id="a token"),
        pytest.param(js(status="1", request="t"), Solved("t"), id="the status as text"),
        pytest.param(b"OK|03AHJ", Solved("03AHJ"), id="text where JSON was asked for"),
        pytest.param(b"OK|40|200|-120", Solved("40|200|-120"), id="bars in the solution"),
        pytest.param(js(status=1, request="a|b"), Solved("a|b"), id="a bar in JSON"),
        pytest.param(
            js(status=1, request="has ERROR_IN_IT inside"), Solved("has ERROR_IN_IT inside"), id="a solution that says ERROR"
        ),
        pytest.param(
            js(status=1, result="0.ent", user_agent="UA"), Solved("0.ent", {"user_agent": "UA"}), id="in result, with an agent"
        ),
        pytest.param(
            js(status=1, result="0.ent", request="OK", useragent="UA"),
            Solved("0.ent", {"user_agent": "UA"}),
            id="result counts before request",
        ),
        pytest.param(js(status=1, result="", request="t", userAgent="U"), Solved("t", {"user_agent": "U"}), id="an empty result"),
        pytest.param(js(status=1, request=GEETEST), Solved(GEETEST), id="an object stays one"),
        pytest.param(js(status=1, request=json.dumps(GEETEST)), Solved(json.dumps(GEETEST)), id="JSON as text stays text"),
        pytest.param(js(status=1, request=[1, 4, 7]), Solved([1, 4, 7]), id="a list"),
        pytest.param(js(status=1, request=0), Solved(0), id="nought is a solution"),
        pytest.param(
            js(status=1, request="t", cookies={"a": "b"}, price="0.001"),
            Solved("t", {"cookies": {"a": "b"}, "price": "0.001"}),
            id="cookies and price",
        ),
        pytest.param(js(status=0, request="CAPCHA_NOT_READY"), NotReady(), id="not ready"),
        pytest.param(js(status="0", request="CAPTCHA_NOT_READY"), NotReady(), id="not ready, spelt right"),
        pytest.param(js(status=1, request="CAPCHA_NOT_READY"), NotReady(), id="not ready is never a solution"),
        pytest.param(b"CAPCHA_NOT_READY", NotReady(), id="not ready as text"),
        pytest.param(js(status=0, request="ERROR_CAPTCHA_UNSOLVABLE"), Refused("ERROR_CAPTCHA_UNSOLVABLE"), id="a code"),
        pytest.param(b"ERROR_CAPTCHA_UNSOLVABLE\n", Refused("ERROR_CAPTCHA_UNSOLVABLE"), id="a bare code"),
        pytest.param(js(status=1, request="ERROR_NEW_THING"), Refused("ERROR_NEW_THING"), id="a code is never a solution"),
        pytest.param(js(status=0, request="please wait"), Unreadable, id="a refusal without a code ends nothing"),
        pytest.param(js(status=1, request=""), Unreadable, id="an empty solution"),
        pytest.param(js(status=1, request=None, result=None), Unreadable, id="null"),
        pytest.param(js(status=1, request=False), Unreadable, id="false"),
        pytest.param(js(status=1, request={}), Unreadable, id="an empty object"),
        pytest.param(js(status=1), Unreadable, id="no solution"),
        pytest.param(js(status=True, request="t"), Unreadable, id="true as the status"),
        pytest.param(js(request="t"), Unreadable, id="no status"),
        pytest.param(b'{"status":1,"request":NaN}', Unreadable, id="no JSON number"),
        pytest.param(b'{"status":1,"request":1e999}', Unreadable, id="a number without end"),
        pytest.param(b'{"status":1,"request":"03AHJ', Unreadable, id="a token cut off"),
        pytest.param(b"OK|", Unreadable, id="OK and nothing"),
        pytest.param(HTML, Unreadable, id="a page"),
        pytest.param(b"", Unreadable, id="nothing"),
    ],
)
def test_reply_to_a_look(body: bytes, expected: Poll | type) -> None:
    got = parse_poll(200, body)
    assert isinstance(got, expected) if isinstance(expected, type) else got == expected


@pytest.mark.parametrize("status", [500, 502, 503, 403])
def test_the_body_decides_not_the_status(status: int) -> None:
    assert parse_submission(status, js(status=1, request=5)) == Accepted("5")
    assert parse_submission(status, js(status=0, request="ERROR_PAGEURL")) == Refused("ERROR_PAGEURL")
    assert parse_poll(status, js(status=0, request="ERROR_SERVER_ERROR")) == Refused("ERROR_SERVER_ERROR")
    assert parse_poll(status, js(status=1, request="t")) == Solved("t")
    assert isinstance(parse_submission(status, HTML), Unreadable)


@pytest.mark.parametrize("code", ["ERROR_SERVER_ERROR", "ERROR_INTERNAL_SERVER_ERROR"])
def test_a_server_that_failed_may_have_taken_the_task_before(code: str) -> None:
    assert isinstance(parse_submission(500, js(status=0, request=code)), Unreadable)
    assert isinstance(parse_submission(502, code.encode()), Unreadable)
    assert parse_submission(200, js(status=0, request=code)) == Refused(code)


def test_too_many_requests_is_a_refusal_whatever_the_page() -> None:
    assert parse_submission(429, HTML) == Refused("ERROR_TOO_MUCH_REQUESTS")
    assert parse_poll(429, b"") == Refused("ERROR_TOO_MUCH_REQUESTS")


def test_what_is_read_is_not_shown() -> None:
    assert "03AHJ" not in repr(Solved("03AHJ", {"cookies": "03AHJ"}))
    assert "03AHJ" not in repr(parse_submission(200, b"03AHJ"))
    assert "joe" not in repr(Refused("ERROR_BAD_PROXY", "joe:pw@host"))


TOKEN = "03AGdBq25SxXT-pmSeBXjzScW"
GOOD = [js(status=1, request=TOKEN), js(status=1, result=TOKEN, user_agent="UA"), b"OK|" + TOKEN.encode()]


@given(
    st.sampled_from(GOOD),
    st.lists(st.tuples(st.integers(0, 80), st.sampled_from(["cut", "drop", "flip"])), min_size=1, max_size=3),
)
def test_a_mangled_json_solution_is_never_another_one(good: bytes, changes: list[tuple[int, str]]) -> None:
    """A byte lost within the token can't be seen; every other damage must give the token or no solution."""
    mangled = good
    for at, how in changes:
        at = at % max(1, len(mangled))
        inside = good.index(TOKEN.encode()) <= at < good.index(TOKEN.encode()) + len(TOKEN)
        if inside and how != "cut":
            continue
        if good.startswith(b"OK") and how == "cut":
            continue
        mangled = {
            "cut": mangled[:at],
            "drop": mangled[:at] + mangled[at + 1 :],
            "flip": mangled[:at] + b"#" + mangled[at + 1 :],
        }[how]
        break
    got = parse_poll(200, mangled)
    if isinstance(got, Solved):
        assert got.solution == TOKEN


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), st.integers(100, 599))
def test_no_noise_is_taken_for_an_answer(noise: bytes, status: int) -> None:
    submission, poll = parse_submission(status, noise), parse_poll(status, noise)
    if isinstance(submission, Accepted):
        assert ID.fullmatch(submission.id)
        assert noise.decode("utf-8-sig").strip() == f"OK|{submission.id}"
    if isinstance(poll, Solved):
        assert noise.decode("utf-8-sig").strip() == f"OK|{poll.solution}"


_members = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from([0, 1, "0", "1", True, None, 2, [], "x", 1.0]),
        "request": st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=9)
        | st.lists(st.integers(), max_size=2),
        "result": st.none() | st.text(max_size=5) | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
        "user_agent": st.text(max_size=5) | st.integers(),
        "error_text": st.text(max_size=5) | st.integers(),
    },
)


@given(_members)
def test_any_object_is_read_and_a_solution_can_be_sent_on(members: dict[str, object]) -> None:
    body = json.dumps(members).encode()
    parse_submission(200, body)
    got = parse_poll(200, body)
    if isinstance(got, Solved):
        assert got.solution in (members.get("result"), members.get("request"))
        json.dumps({"solution": got.solution, **got.extra}, allow_nan=False)
