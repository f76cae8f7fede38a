"""The address that any worker of any region can answer."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.location import Receipt, parse_location
from worker.methods import KINDS

NOW = 1_800_000_000.0
QUERY = f"kind=turnstile&submitted={NOW}"


@given(st.from_regex(r"[0-9]{1,40}", fullmatch=True), st.sampled_from(list(KINDS.values())), st.integers(0, 300_000))
def test_a_location_carries_all_it_takes(captcha_id: str, kind: object, milliseconds: int) -> None:
    receipt = Receipt(captcha_id, KINDS[getattr(kind, "name", "")], NOW - milliseconds / 1000)
    parts = urlsplit(receipt.location)
    got = parse_location(parts.path.removeprefix("/tasks/"), parts.query, NOW)
    assert (got.captcha_id, got.kind) == (captcha_id, receipt.kind)
    assert got.submitted == pytest.approx(receipt.submitted, abs=0.001)


@pytest.mark.parametrize(
    ("captcha_id", "query", "said"),
    [
        ("abc", QUERY, "digits"),
        ("1" * 41, QUERY, "digits"),
        ("", QUERY, "digits"),
        ("\u0661", QUERY, "digits"),
        ("5", f"submitted={NOW}", "'kind'"),
        ("5", f"kind=hcaptcha&submitted={NOW}", "'kind' is not one of"),
        ("5", f"kind=turnstile&kind=image&submitted={NOW}", "'kind' is not there just once"),
        ("5", "kind=turnstile", "'submitted'"),
        ("5", "kind=turnstile&submitted=soon", "'submitted'"),
        ("5", "kind=turnstile&submitted=nan", "'submitted'"),
        ("5", "kind=turnstile&submitted=-5", "'submitted'"),
        ("5", "kind=turnstile&submitted=1e9", "'submitted'"),
        ("5", f"kind=turnstile&submitted={NOW + 61}", "'submitted'"),
        ("5", f"kind=turnstile&submitted={NOW - 86_401}", "over a day old"),
        ("5", "&".join(["x=1"] * 30), "fields"),
    ],
)
def test_what_is_no_location(captcha_id: str, query: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_location(captcha_id, query, NOW)


def test_clocks_may_differ_a_little() -> None:
    assert parse_location("5", f"kind=turnstile&submitted={NOW + 59}", NOW).submitted == NOW + 59
