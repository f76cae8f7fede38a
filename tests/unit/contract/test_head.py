import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.head import LONGEST_REQUEST_LINE, MOST_FIELDS, check_beginning, check_head
from contract.problem import ProblemError

BODY = 1000


def code(head: bytes) -> str:
    """What becomes of a head: `read`, or the error."""
    try:
        check_head(head, BODY)
    except ProblemError as error:
        return error.problem.error
    return "read"


def with_fields(*fields: bytes) -> bytes:
    return b"\r\n".join([b"POST /solve HTTP/1.1", b"Host: x", *fields])


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ([], "read"),
        ([b"Content-Length: 1000"], "read"),
        ([b"Content-Length: 1001"], "BODY_TOO_LARGE"),
        ([b"Content-Length: 99999999999999999999"], "BAD_REQUEST"),
        ([b"transfer-encoding:chunked"], "read"),
        ([b"Transfer-Encoding: chunked", b"Content-Length: 1"], "BAD_REQUEST"),
        ([b"Expect: 100-Continue"], "read"),
        ([b"Expect: 200-ok"], "BAD_REQUEST"),
        ([b"a: b"] * (MOST_FIELDS - 1), "read"),
        ([b"a: b"] * MOST_FIELDS, "HEADERS_TOO_LARGE"),
    ],
)
def test_fields(fields: list[bytes], told: str) -> None:
    assert code(with_fields(*fields)) == told


@pytest.mark.parametrize("octet", range(256))
def test_each_octet_where_it_may_stand(octet: int) -> None:
    """RFC 9110 §§5.5, 5.6.2: `tchar` in names; HTAB, SP, VCHAR and obs-text in values. RFC 9112 §3: no spaces in a target."""
    one = bytes([octet])
    token = re.match(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]", one) is not None
    assert (code(with_fields(b"a" + one + b"b: c")) == "read") == (token or one == b":")
    assert (code(with_fields(b"a: b" + one + b"c")) == "read") == (octet == 9 or (octet >= 32 and octet != 127))
    assert (code(b"GET /a" + one + b"b HTTP/1.1\r\nHost: x") == "read") == (32 < octet < 127 and one != b"#")


def test_the_first_line_has_a_limit_of_its_own() -> None:
    frame = len(b"GET / HTTP/1.1")
    fits = LONGEST_REQUEST_LINE - frame
    assert code(b"GET /" + b"a" * fits + b" HTTP/1.1\r\nHost: x") == "read"
    assert code(b"GET /" + b"a" * (fits + 1) + b" HTTP/1.1\r\nHost: x") == "HEADERS_TOO_LARGE"


@given(st.binary(max_size=60) | st.text("aA:/ \r\n\t01.HTP", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(head: bytes) -> None:
    code(head)
    code(with_fields(head))


@given(st.text("ab: \t1,", max_size=40).map(str.encode), st.integers(0, 60))
def test_no_head_is_refused_for_its_beginning_that_is_good_when_whole(field: bytes, cut: int) -> None:
    head = with_fields(field)
    if code(head) == "read":
        for since in range(cut + 1):
            check_beginning(head[: cut + 1], since)


@pytest.mark.parametrize("since", range(20))
def test_a_stray_byte_is_found_wherever_the_last_piece_began(since: int) -> None:
    begun = b"GET / HTTP/1.1\r\nab\n"
    assert len(begun) == 19
    with pytest.raises(ProblemError):
        check_beginning(begun, min(since, 18))
