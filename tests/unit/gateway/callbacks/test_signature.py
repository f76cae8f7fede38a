"""Signing callbacks. The vector was made with openssl, past our own code."""

import base64

import pytest

from gateway.callbacks.signature import parse_secrets, signed

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
"""The base64 of 0123456789abcdef01234567. `printf '%s' 'task1.1700000000.{"a": 1}' | openssl dgst -sha256 -hmac <that> -binary |
base64`."""


def test_it_signs_id_time_and_body() -> None:
    fields = signed("task1", 1700000000.9, b'{"a": 1}', parse_secrets(SECRET))
    assert fields == {
        "webhook-id": "task1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1,R0iXqfO9/iQBiN00gc9KkLjzK8DqgvZAMYSRH2W3TTw=",
    }


def test_while_a_secret_is_replaced_it_signs_with_both() -> None:
    other = "whsec_" + base64.b64encode(b"x" * 64).decode()
    one, both = (signed("t", 1.0, b"", parse_secrets(text))["webhook-signature"] for text in (other, f"{other} {SECRET}"))
    assert both.split(" ")[0] == one
    assert both.split(" ")[1] == signed("t", 1.0, b"", parse_secrets(SECRET))["webhook-signature"]


@pytest.mark.parametrize("text", ["", "hush", SECRET[6:], "whsec_", "whsec_c2hvcnQ=", f"{SECRET}*", "whsec_" + "QUFB" * 22])
def test_what_is_no_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="openssl rand -base64 32") as caught:
        parse_secrets(text)
    assert not text or text not in str(caught.value) or text == "whsec_"
