import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.problem import ProblemError
from gateway.keys import fingerprint, parse_key

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ([], None),
        (['"8e03978e-40d5"'], "8e03978e-40d5"),
        (["8e03978e-40d5"], "8e03978e-40d5"),
        ([' "a b" '], "a b"),
        (["x" * 255], "x" * 255),
    ],
    ids=str,
)
def test_a_key_with_or_without_quotes(fields: list[str], key: str | None) -> None:
    assert parse_key(fields) == key


WRONG = [[""], ['""'], ["x" * 256], ["a b"], ['"a'], ["a,b"], ["é"], ["a\tb"], ["a", "a"], ['"a\\"b"']]


@pytest.mark.parametrize("fields", WRONG, ids=str)
def test_anything_else_is_refused_with_what_a_key_is(fields: list[str]) -> None:
    with pytest.raises(ProblemError, match="255 printable ASCII") as caught:
        parse_key(fields)
    assert (caught.value.problem.status, caught.value.problem.submitted.value) == (400, "no")


@given(st.dictionaries(st.text(), JSON, max_size=5), st.randoms(use_true_random=False))
def test_bodies_that_say_the_same_are_the_same(body: dict[str, Any], chance: Any) -> None:
    members = list(body.items())
    chance.shuffle(members)
    other = json.dumps(dict(members), indent=2, ensure_ascii=False)
    assert fingerprint(json.dumps(body).encode()) == fingerprint(other.encode())


@given(st.dictionaries(st.text(), JSON, max_size=3), st.dictionaries(st.text(), JSON, max_size=3))
def test_others_are_not(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (fingerprint(json.dumps(one).encode()) == fingerprint(json.dumps(other).encode())) is same


def test_a_body_that_is_nested_very_deep_has_one_too() -> None:
    deep = b'{"a":' + b"[" * 900 + b"]" * 900 + b"}"
    assert len(fingerprint(deep)) == 64
