import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dashboard.patch import difference, merged

VALUES = st.recursive(
    st.integers(-3, 3) | st.text(max_size=2) | st.booleans() | st.lists(st.integers(0, 2), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
PICTURES = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@given(PICTURES, PICTURES)
def test_the_patch_makes_the_new_picture_of_the_old(before: dict[str, object], after: dict[str, object]) -> None:
    assert merged(before, difference(before, after)) == after


@given(PICTURES)
def test_nothing_changed_is_nothing_said(picture: dict[str, object]) -> None:
    assert difference(picture, picture) == {}


def test_only_what_differs_is_said() -> None:
    before = {"at": 1, "regions": {"us": {"in_flight": 1, "slots": 5}, "eu": {"in_flight": 0}, "ap": {"in_flight": 2}}}
    after = {"at": 2, "regions": {"us": {"in_flight": 2, "slots": 5}, "eu": {"in_flight": 0}}}
    assert difference(before, after) == {"at": 2, "regions": {"us": {"in_flight": 2}, "ap": None}}


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [1, 2]}, {"a": {"b": None}}, {"a": {}}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merging_is_as_the_rfcs_own_examples_have_it(
    target: dict[str, object], patch: dict[str, object], result: dict[str, object]
) -> None:
    assert merged(target, patch) == result
