import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.plain_json import MOST_PARTS, NotPlainError, read

DOUBTFUL = {
    "a member twice": (b'{"a": 1, "b": 2, "a": 1}', "member twice"),
    "a member twice, once in escapes": (b'{"pageurl": 1, "page\\u0075rl": 2}', "member twice"),
    "a member twice within": (b'{"a": [{"b": 1, "b": 2}]}', "member twice"),
    "NaN": (b'{"a": NaN}', "NaN"),
    "Infinity": (b'{"a": [-Infinity]}', "Infinity"),
    "a number beyond all": (b'{"a": 1e999}', "too large"),
    "a number of thousands of digits": (b'{"a": 1' + b"0" * 5000 + b"}", "not JSON"),
    "half a pair": (b'{"a": "\\ud800"}', "surrogate"),
    "half a pair as a name": (b'{"\\uDFff": 1}', "surrogate"),
    "a pair in the wrong order": (b'{"a": "\\udc00\\ud800"}', "surrogate"),
    "half a pair in the bytes": (b'{"a": "\xed\xa0\x80"}', "UTF-8"),
    "Latin-1": (b'{"a": "\xe9"}', "UTF-8"),
    "UTF-16": ('{"a": "b"}'.encode("utf-16"), "UTF-8"),
    "UTF-16 without a mark": ('{"a": "b"}'.encode("utf-16-le"), "not JSON"),
    "a byte order mark": (b'\xef\xbb\xbf{"a": "b"}', "not JSON"),
    "NUL after the end": (b'{"a": "b"}\0', "not JSON"),
    "something after the end": (b'{"a": "b"}{"a": "c"}', "not JSON"),
    "a comment": (b'{"a": "b"} // c', "not JSON"),
    "a comma at the end": (b'{"a": "b",}', "not JSON"),
    "single quotes": (b"{'a': 'b'}", "not JSON"),
    "a line break in a text": (b'{"a": "b\n"}', "not JSON"),
    "nothing": (b"", "not JSON"),
    "10,000 lists in each other": (b"[" * 10_000 + b"]" * 10_000, "deep"),
    "10,000 objects in each other": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "deep"),
    "10,000 lists without an end": (b"[" * 10_000, "deep"),
    "many lists beside each other": (b"[" + b"[]," * MOST_PARTS + b"1]", "over 100000"),
}


@pytest.mark.parametrize(("body", "why"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_two_readers_could_take_differently_is_refused_with_the_reason(body: bytes, why: str) -> None:
    with pytest.raises(NotPlainError, match=why):
        read(body)


PLAIN = {
    "a pair": (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    "what looks like half a pair": (b'{"a": "\\\\ud800"}', {"a": "\\ud800"}),
    "the same name in two objects": (b'[{"a": 1}, {"a": 1}]', [{"a": 1}, {"a": 1}]),
    "names that differ in their case": (b'{"a": 1, "A": 1}', {"a": 1, "A": 1}),
    "many commas": (b'"' + b"," * (MOST_PARTS - 1) + b'"', "," * (MOST_PARTS - 1)),
    "NUL in a text": (b'{"a": "\\u0000"}', {"a": "\0"}),
}


@pytest.mark.parametrize(("body", "value"), PLAIN.values(), ids=PLAIN)
def test_what_is_plain_is_read(body: bytes, value: object) -> None:
    assert read(body) == value


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


@given(_json, st.booleans())
def test_whatever_json_can_say_is_read_as_it_was_said(value: Any, ascii_only: bool) -> None:
    assert read(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=40) | st.text('{}[]",:\\u d8001e9-NaN', max_size=40).map(str.encode))
def test_whatever_comes_is_read_as_the_library_reads_it_or_refused(body: bytes) -> None:
    try:
        value = read(body)
    except NotPlainError:
        return
    assert value == json.loads(body)
