"""Which bodies are tasks, and what each becomes for the API."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.problem import Problem, ProblemError
from contract.submitted import Submitted
from worker.task import LARGEST_BODY, parse_task

PAGE = "https://example.com/login"
V2 = {"sitekey": "k" * 40, "pageurl": PAGE}
PROXY = {"proxy": "joe:s3cret@10.0.0.1:3128", "proxytype": "http"}
IMAGE = base64.b64encode(b"\x89PNG" + b"x" * 100).decode()


def parsed(**members: Any) -> tuple[str, dict[str, str]]:
    task = parse_task(json.dumps(members).encode(), "application/json")
    return task.kind.name, dict(task.form)


def refused(body: bytes, content_type: str | None = "application/json") -> tuple[str, int, str]:
    with pytest.raises(ProblemError) as caught:
        parse_task(body, content_type)
    told = caught.value.problem
    assert told.submitted is Submitted.NO
    return told.error, told.status, told.detail


@pytest.mark.parametrize(
    ("members", "kind", "form"),
    [
        pytest.param(V2, "recaptcha_v2", {"googlekey": "k" * 40, "pageurl": PAGE}, id="no method means reCAPTCHA v2"),
        pytest.param(
            {"googlekey": "g", "pageurl": PAGE}, "recaptcha_v2", {"googlekey": "g", "pageurl": PAGE}, id="googlekey as well"
        ),
        pytest.param(
            {**V2, "enterprise": True, "version": "v2", "invisible": False},
            "recaptcha_v2_enterprise",
            {"googlekey": "k" * 40, "pageurl": PAGE, "enterprise": "1"},
            id="true is 1, and what the API assumes anyway is not sent",
        ),
        pytest.param(
            {**V2, "version": "V3", "action": "login", "min_score": 0.3},
            "recaptcha_v3",
            {"googlekey": "k" * 40, "pageurl": PAGE, "version": "v3", "action": "login", "min_score": "0.3"},
            id="v3, with a number",
        ),
        pytest.param(
            {**V2, "version": "v3", "enterprise": 1, "action": "a"},
            "recaptcha_v3_enterprise",
            {"googlekey": "k" * 40, "pageurl": PAGE, "version": "v3", "enterprise": "1", "action": "a"},
            id="v3 enterprise",
        ),
        pytest.param(
            {**V2, "method": "turnstile"}, "turnstile", {"sitekey": "k" * 40, "pageurl": PAGE}, id="turnstile keeps sitekey"
        ),
        pytest.param(
            {**PROXY, "method": "cloudflare_challenge", "pageurl": PAGE, "userAgent": None},
            "cloudflare_challenge",
            {"pageurl": PAGE, "proxy": "joe:s3cret@10.0.0.1:3128", "proxytype": "HTTP"},
            id="the proxy's type in capitals, null as not given",
        ),
        pytest.param({"method": "base64", "body": IMAGE}, "image", {"body": IMAGE}, id="an image"),
        pytest.param(
            {"method": "base64", "body": f"data:image/png;base64,{IMAGE}", "grid_size": "3X3", "instructions": "cars"},
            "grid",
            {"body": f"data:image/png;base64,{IMAGE}", "grid_size": "3x3", "instructions": "cars"},
            id="a grid",
        ),
        pytest.param(
            {"method": "lemin", "captcha_id": "c", "div_id": 7, "pageurl": PAGE},
            "lemin",
            {"captcha_id": "c", "div_id": "7", "pageurl": PAGE},
            id="a whole number as text",
        ),
    ],
)
def test_becomes_a_task(members: dict[str, Any], kind: str, form: dict[str, str]) -> None:
    assert parsed(**members) == (kind, {"method": members.get("method", "userrecaptcha"), **form})


def body(**members: Any) -> bytes:
    return json.dumps(members).encode()


@pytest.mark.parametrize(
    ("sent", "error", "status", "said"),
    [
        pytest.param(b"", "BAD_REQUEST", 400, "not JSON", id="nothing"),
        pytest.param(b"sitekey=x", "BAD_REQUEST", 400, "not JSON", id="a form"),
        pytest.param(b"[" * 100_000, "BAD_REQUEST", 400, "nested too deep", id="nested without end"),
        pytest.param(b"\xff\xfe\xff", "BAD_REQUEST", 400, "not UTF-8", id="no text"),
        pytest.param(b"[]", "BAD_REQUEST", 400, "not a JSON object", id="a list"),
        pytest.param(body(method="hcaptcha", **V2), "UNKNOWN_METHOD", 400, "turnstile, userrecaptcha", id="an unknown method"),
        pytest.param(body(method=["turnstile"]), "BAD_REQUEST", 400, "'method' is a JSON list", id="a method that is a list"),
        pytest.param(body(sitekey="k"), "BAD_REQUEST", 400, "needs 'pageurl'", id="no page"),
        pytest.param(body(pageurl=PAGE), "BAD_REQUEST", 400, "needs 'sitekey'", id="no site key, by the name we ask for"),
        pytest.param(body(**{**V2, "sitekey": " "}), "BAD_REQUEST", 400, "'sitekey' is empty", id="an empty site key"),
        pytest.param(body(googlekey="a", **V2), "BAD_REQUEST", 400, "differ", id="two site keys"),
        pytest.param(body(**{**V2, "pageurl": "example.com"}), "BAD_REQUEST", 400, "whole address", id="a page without scheme"),
        pytest.param(body(**{**V2, "pageurl": "http://[::1"}), "BAD_REQUEST", 400, "whole address", id="a broken page"),
        pytest.param(body(**V2, version="v3"), "BAD_REQUEST", 400, "recaptcha_v3 needs 'action'", id="v3 without action"),
        pytest.param(body(**V2, version="v9"), "BAD_REQUEST", 400, "one of v2, v3", id="an unknown version"),
        pytest.param(body(**V2, enterprise="maybe"), "BAD_REQUEST", 400, "true nor false", id="a flag that is none"),
        pytest.param(body(**V2, proxy="10.0.0.1:80"), "BAD_REQUEST", 400, "go together", id="a proxy without type"),
        pytest.param(body(**V2, proxytype="HTTP"), "BAD_REQUEST", 400, "go together", id="a type without proxy"),
        pytest.param(body(**V2, proxy="10.0.0.1", proxytype="HTTP"), "BAD_REQUEST", 400, "host:port", id="a proxy without port"),
        pytest.param(body(**V2, proxy="h:99999", proxytype="HTTP"), "BAD_REQUEST", 400, "host:port", id="a port too high"),
        pytest.param(body(**V2, proxy="h:1", proxytype="FTP"), "BAD_REQUEST", 400, "SOCKS5", id="an unknown type of proxy"),
        pytest.param(body(method="captchafox", **V2), "BAD_REQUEST", 400, "captchafox needs 'proxy'", id="a proxy is needed"),
        pytest.param(body(**V2, proxyType="HTTP"), "BAD_REQUEST", 400, "did you mean 'proxytype'", id="a mistyped field"),
        pytest.param(body(**V2, key="x"), "BAD_REQUEST", 400, "'key' is no field", id="another account's key"),
        pytest.param(body(**V2, json=0), "BAD_REQUEST", 400, "'json' is no field", id="another form of answer"),
        pytest.param(body(**V2, pingback="http://x/"), "BAD_REQUEST", 400, "'pingback' is no field", id="a callback"),
        pytest.param(body(**{**V2, "pageurl": f"\0{PAGE}"}), "BAD_REQUEST", 400, "control character", id="NUL before a page"),
        pytest.param(body(**V2, action="a\x1b[2Jb"), "BAD_REQUEST", 400, "control character", id="an escape sequence"),
        pytest.param(b'{"method": "bls", "method": "base64"}', "BAD_REQUEST", 400, "member twice", id="two methods"),
        pytest.param(body(**V2, action={"a": 1}), "BAD_REQUEST", 400, "'action' is a JSON object", id="an object"),
        pytest.param(body(**V2, action=10**41), "BAD_REQUEST", 400, "40 digits", id="a number too long"),
        pytest.param(body(method="base64", body="%%"), "BAD_REQUEST", 400, "not base64", id="an image that is none"),
        pytest.param(body(method="base64", body="data:,"), "BAD_REQUEST", 400, "holds 0 bytes", id="an empty image"),
        pytest.param(
            body(method="base64", body=base64.b64encode(b"x" * (1024 * 1024 + 1)).decode()),
            "BAD_REQUEST",
            400,
            "1048577 bytes",
            id="an image too large",
        ),
        pytest.param(body(**V2, cookies="c" * LARGEST_BODY), "BODY_TOO_LARGE", 413, "65536 bytes", id="a token's body too large"),
    ],
)
def test_is_refused_with_what_to_do(sent: bytes, error: str, status: int, said: str) -> None:
    told = refused(sent)
    assert told[:2] == (error, status)
    assert said in told[2]


def test_an_image_may_be_a_mebibyte() -> None:
    image = base64.b64encode(b"x" * 1024 * 1024).decode()
    assert parsed(method="base64", body=image)[0] == "image"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_refused(content_type: str) -> None:
    assert refused(body(**V2), content_type)[:2] == ("UNSUPPORTED_MEDIA_TYPE", 415)


@pytest.mark.parametrize("content_type", [None, "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_taken_with_or_without_its_name(content_type: str | None) -> None:
    assert parse_task(body(**V2), content_type).kind.name == "recaptcha_v2"


def test_what_is_secret_is_known_and_not_shown() -> None:
    task = parse_task(body(**V2, **PROXY, cookies="sid:topsecret"), None)
    assert {"joe:s3cret@10.0.0.1:3128", "joe:s3cret", "s3cret", "sid:topsecret"} <= set(task.secrets)
    assert "s3cret" not in repr(task)
    assert "topsecret" not in repr(task)


@pytest.mark.parametrize("wrong", ["joe:s3cret@nowhere", "joe:s3cret@h:99999"])
def test_a_refused_proxy_is_not_repeated(wrong: str) -> None:
    assert "s3cret" not in refused(body(**V2, proxy=wrong, proxytype="HTTP"))[2]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from(["method", "sitekey", "pageurl", "proxy", "proxytype", "version", "enterprise", "body", "action"])


@given(st.dictionaries(_names | st.text(max_size=8), _json | st.sampled_from(["turnstile", PAGE, "v3", "1"]), max_size=6))
def test_any_json_is_a_task_or_a_clear_refusal(members: dict[str, Any]) -> None:
    try:
        task = parse_task(json.dumps(members).encode(), "application/json")
    except ProblemError as error:
        told: Problem | None = error.problem
    else:
        told = None
    if told is not None:
        assert (told.status in (400, 413), told.submitted) == (True, Submitted.NO)
        return
    assert all(task.form.get(name) for name in task.kind.required)
    assert task.form.keys() <= task.kind.fields | {"method"}
