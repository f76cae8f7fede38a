"""Secrets in what others write."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.redact import redact

KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"no key {KEY} here", "no key [hidden] here"),
        ("proxy joe:pw@10.0.0.1:3128 failed", "proxy [hidden]@10.0.0.1:3128 failed"),
        ("proxy http://a:b@h:1/ failed", "proxy http://[hidden]@h:1/ failed"),
        ("line\nbreak\x1b[31m", "line break [31m"),
        ("x " * 150, "x " * 100),
        ("you sent proxy=joe%3Ap%2Fw%40h%3A1&key=" + KEY, "you sent proxy=[hidden]@h:1&key=[hidden]"),
        (f"key%3D{KEY[:4]}%34{KEY[5:]}", "key=[hidden]"),
        (f"Basic {base64.b64encode(b'key=' + KEY.encode()).decode()}", "Basic [hidden]"),
        ("ERROR_IMAGE_DIMENSIONS_TOO_LARGE", "ERROR_IMAGE_DIMENSIONS_TOO_LARGE"),
        ("all is well", "all is well"),
    ],
)
def test_redacted(text: str, shown: str) -> None:
    assert redact(text, (KEY, "", "p/w", "joe:p/w")) == shown


@given(st.text(max_size=50), st.text(max_size=150), st.text(min_size=4, max_size=20))
def test_no_secret_survives(before: str, after: str, secret: str) -> None:
    assert secret not in redact(before + secret + after, (secret,)).replace("[hidden]", "")
