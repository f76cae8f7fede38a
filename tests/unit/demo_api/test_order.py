import base64
from collections.abc import Callable
from typing import Any

import pytest

from demo.api.answers import Refusal
from demo.api.methods import METHODS
from demo.api.order import Order, Upload, read_order

PAGE = "https://example.org/login"
IMAGE = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x40" + b"\0" * 200).decode()
PROXY = {"proxy": "user:pass@192.0.2.1:3128", "proxytype": "HTTP"}
V2 = {"method": "userrecaptcha", "googlekey": "6Lc_-a", "pageurl": PAGE}
NINE = {f"image_base64_{number}": f"data:image/png;base64,{IMAGE}" for number in range(1, 10)}

WHOLE = {
    "v3 enterprise": {**V2, "version": "v3", "enterprise": "1", "action": "login"},
    "v2 enterprise": {**V2, "enterprise": "1"},
    "v3": {**V2, "version": "v3", "action": "login"},
    "v2": V2,
    "turnstile": {"method": "turnstile", "sitekey": "0x4A", "pageurl": PAGE},
    "cloudflare challenge": {"method": "cloudflare_challenge", "pageurl": PAGE, **PROXY},
    "geetest v3": {"method": "geetest", "gt": "g", "challenge": "c", "pageurl": PAGE},
    "captchafox": {"method": "captchafox", "sitekey": "sk", "pageurl": PAGE, **PROXY},
    "friendly captcha": {"method": "friendly_captcha", "sitekey": "FC", "pageurl": PAGE},
    "lemin": {"method": "lemin", "captcha_id": "C", "div_id": "d", "pageurl": PAGE},
    "grid": {"method": "base64", "body": IMAGE, "instructions": "cars", "grid_size": "3x3"},
    "normal image": {"method": "base64", "body": IMAGE},
    "bls": {"method": "bls", "instructions": "7", **NINE},
}


def refused(parameters: dict[str, str], files: dict[str, Upload] | None = None) -> str:
    answer = read_order(parameters, files or {})
    assert isinstance(answer, Refusal)
    assert answer.why, "a refusal says why"
    return answer.code


def test_every_method_but_the_one_of_files_is_in_this_table() -> None:
    assert {row.title for row in METHODS} == {*WHOLE, "normal image, as a file"}


@pytest.mark.parametrize("title", WHOLE)
def test_a_whole_submission_is_read_as_the_row_it_is_for(title: str) -> None:
    order = read_order(WHOLE[title], {})
    assert isinstance(order, Order)
    assert order.method.title == title


def test_an_uploaded_image_is_read(png: bytes) -> None:
    order = read_order({"method": "post"}, {"file": Upload("a.PNG", png)})
    assert isinstance(order, Order)


@pytest.mark.parametrize(
    ("title", "name", "code"),
    [
        (title, name, code)
        for title, names, code in [
            ("v2", ["pageurl"], "ERROR_PAGEURL"),
            ("v2", ["googlekey"], "ERROR_WRONG_GOOGLEKEY"),
            ("v2 enterprise", ["pageurl"], "ERROR_PAGEURL"),
            ("v2 enterprise", ["googlekey"], "ERROR_WRONG_GOOGLEKEY"),
            ("v3", ["action"], "ERROR_BAD_PARAMETERS"),
            ("v3 enterprise", ["action"], "ERROR_BAD_PARAMETERS"),
            ("turnstile", ["sitekey"], "ERROR_BAD_PARAMETERS"),
            ("turnstile", ["pageurl"], "ERROR_PAGEURL"),
            ("cloudflare challenge", ["pageurl"], "ERROR_PAGEURL"),
            ("cloudflare challenge", ["proxy", "proxytype"], "ERROR_BAD_PARAMETERS"),
            ("geetest v3", ["gt", "challenge"], "ERROR_BAD_PARAMETERS"),
            ("captchafox", ["sitekey", "proxy", "proxytype"], "ERROR_BAD_PARAMETERS"),
            ("friendly captcha", ["sitekey"], "ERROR_BAD_PARAMETERS"),
            ("lemin", ["captcha_id", "div_id"], "ERROR_BAD_PARAMETERS"),
            ("grid", ["body", "instructions"], "ERROR_BAD_PARAMETERS"),
            ("normal image", ["body"], "ERROR_BAD_PARAMETERS"),
            ("bls", ["instructions", "image_base64_1", "image_base64_9"], "ERROR_BAD_PARAMETERS"),
        ]
        for name in names
    ],
)
def test_a_missing_parameter_is_refused_with_its_code(title: str, name: str, code: str) -> None:
    whole = WHOLE[title]
    assert refused({key: value for key, value in whole.items() if key != name}) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"method": "hcaptcha"}, "ERROR_BAD_PARAMETERS", id="a method that is not sold"),
        pytest.param({"method": ""}, "ERROR_BAD_PARAMETERS", id="no method"),
        pytest.param({"googlekey": ""}, "ERROR_GOOGLEKEY", id="a blank site key"),
        pytest.param({"googlekey": "a b"}, "ERROR_GOOGLEKEY", id="a malformed site key"),
        pytest.param({"pageurl": ""}, "ERROR_PAGEURL", id="a blank page"),
        pytest.param({"pageurl": "example.org"}, "ERROR_PAGEURL", id="a page without a scheme"),
        pytest.param({"pageurl": "http://"}, "ERROR_PAGEURL", id="a page without a host"),
        pytest.param({"pageurl": "http://[::1"}, "ERROR_PAGEURL", id="a page that is no URL"),
        pytest.param({"pageurl": f"{PAGE}?seconds=soon"}, "ERROR_PAGEURL", id="seconds that are no number"),
        pytest.param({"pageurl": f"{PAGE}?seconds=-1"}, "ERROR_PAGEURL", id="seconds below 0"),
        pytest.param({"pageurl": f"{PAGE}?seconds=nan"}, "ERROR_PAGEURL", id="seconds that are not a number"),
        pytest.param({"pageurl": f"{PAGE}?seconds=inf"}, "ERROR_PAGEURL", id="seconds without end"),
        pytest.param({"proxy": "192.0.2.1:3128"}, "ERROR_BAD_PARAMETERS", id="a proxy without its type"),
        pytest.param({"proxytype": "HTTP"}, "ERROR_BAD_PARAMETERS", id="a type without its proxy"),
        pytest.param({**PROXY, "proxytype": "FTP"}, "ERROR_BAD_PARAMETERS", id="an unknown type of proxy"),
        pytest.param({**PROXY, "proxy": "HTTP:192.0.2.1:1:u:p"}, "ERROR_PROXY_FORMAT", id="a malformed proxy"),
        pytest.param({**PROXY, "proxy": "192.0.2.1:99999"}, "ERROR_PROXY_FORMAT", id="a port that is none"),
    ],
)
def test_a_wrong_parameter_is_refused_with_its_code(change: dict[str, str], code: str) -> None:
    assert refused({**V2, **change}) == code


def test_the_page_tells_the_task_and_the_time() -> None:
    order = read_order({**V2, "pageurl": f"{PAGE}?a=b&task=t-1&seconds=2.5"}, {})
    assert isinstance(order, Order)
    assert (order.page.label, order.page.seconds) == ("t-1", 2.5)


def test_an_order_keeps_no_credentials_of_a_proxy() -> None:
    order = read_order({**V2, **PROXY}, {})
    assert isinstance(order, Order)
    assert order.proxy_host == "192.0.2.1"
    assert "pass" not in repr(order)


def _png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\0" * 100


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        pytest.param("a.png", b"\x89PNG\r\n\x1a\n", "ERROR_ZERO_CAPTCHA_FILESIZE", id="too small"),
        pytest.param("a.png", b"", "ERROR_ZERO_CAPTCHA_FILESIZE", id="empty"),
        pytest.param("a.jpg", b"\xff\xd8\xff" + b"\0" * 1024 * 1024, "ERROR_TOO_BIG_CAPTCHA_FILESIZE", id="too big"),
        pytest.param("a.txt", _png(10, 10), "ERROR_WRONG_FILE_EXTENSION", id="an extension that is none of the four"),
        pytest.param("a.gif", b"x" * 200, "ERROR_IMAGE_TYPE_NOT_SUPPORTED", id="no image"),
        pytest.param("a.png", _png(1001, 10), "ERROR_IMAGE_DIMENSIONS_TOO_LARGE", id="too wide"),
        pytest.param("a.gif", b"GIF89a\x0a\0\xe9\x03" + b"\0" * 100, "ERROR_IMAGE_DIMENSIONS_TOO_LARGE", id="too high"),
    ],
)
def test_a_wrong_image_is_refused_with_its_code(name: str, content: bytes, code: str) -> None:
    assert refused({"method": "post"}, {"file": Upload(name, content)}) == code


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(_png(1000, 1000), id="as many pixels as may be"),
        pytest.param(_png(1, 1)[:100].ljust(100, b"\0"), id="as few bytes as may be"),
        pytest.param((b"\xff\xd8\xff").ljust(1024 * 1024, b"\0"), id="as many bytes as may be"),
    ],
)
def test_an_image_at_the_limit_is_taken(image: bytes) -> None:
    assert isinstance(read_order({"method": "post"}, {"file": Upload("a.jpeg", image)}), Order)


def test_text_that_is_not_base64_is_a_failed_upload() -> None:
    assert refused({"method": "base64", "body": "not base64!"}) == "ERROR_UPLOAD"


def test_a_file_is_needed_where_the_method_says_so() -> None:
    assert refused({"method": "post"}) == "ERROR_BAD_PARAMETERS"


def test_the_request_shows_nothing_of_what_it_holds(ask: Callable[..., Any], key: str) -> None:
    assert key not in repr(ask(proxy="u:secret@h:1"))
    assert "secret" not in repr(ask(proxy="u:secret@h:1"))
