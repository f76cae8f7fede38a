"""Pictures read, among them those that the gateway makes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearway.look.picture import merged, report_of
from nearway.look.reading import ReadingError
from nearway.look.report import Money, Worker

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)

PICTURE: dict[str, Any] = {
    "at": 1000.0,
    "gateway": {"name": "g", "version": "0.1.0"},
    "regions": {
        "us": {
            "title": "US", "state": "well", "slots": 10, "limit": 5, "in_flight": 3, "dial": {"share": 0.5, "by": "ann@host"},
            "round_trip": 12.0, "heard": 997, "workers": {"w": {"address": "10.0.0.1:80", "health": "passing", "slots": 5}},
        },
        "eu": {"state": "drained", "why": "drained: its dial is 0", "slots": 4, "limit": 0, "in_flight": 0, "workers": {}},
    },
    "queue": {"waiting": 2},
    "money": {"from": "ledger", "submitted": 9, "solved": 7, "failed": 1, "unknown": 1},
    "left_out": {"odd": "no address"},
    "datacenters": {"dc": {"heard": 997}},
}  # fmt: skip


def test_a_picture_is_read() -> None:
    report = report_of(PICTURE)
    eu, us = report.regions
    assert (report.version, report.waiting, report.left_out, report.is_blank) == ("0.1.0", 2, (("odd", "no address"),), False)
    assert (us.name, us.state, us.slots, us.limit, us.in_flight, us.share, us.dialled_by) == (
        "us",
        "well",
        10,
        5,
        3,
        0.5,
        "ann@host",
    )
    assert (us.round_trip, us.heard, eu.heard, eu.why_not) == (12.0, 3.0, None, "drained: its dial is 0")
    assert report.workers == (Worker("w", "us", "10.0.0.1:80", "passing", 5, None, None, None, False, False),)
    assert report.money == Money(9, 7, 1, 1, is_of_today=True)


def test_a_gateway_that_has_heard_nothing_yet_is_known_as_that() -> None:
    assert report_of({**PICTURE, "regions": {}, "datacenters": {"dc": {"trouble": "refused"}}}).is_blank
    assert not report_of({**PICTURE, "regions": {}}).is_blank


@pytest.mark.parametrize("picture", [None, [], {}, {"regions": []}], ids=str)
def test_what_is_no_picture_is_known_as_that(picture: object) -> None:
    with pytest.raises(ReadingError):
        report_of(picture)


@pytest.mark.parametrize(
    ("target", "patch", "made"),
    [  # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
    ids=str,
)
def test_a_change_is_a_merge_patch(target: object, patch: object, made: object) -> None:
    assert merged(target, patch) == made


@given(ANYTHING, ANYTHING)
def test_whatever_comes_is_read_or_is_no_picture(one: Any, other: Any) -> None:
    for picture in (merged(PICTURE, one), merged({**PICTURE, "regions": {"us": one}}, {"money": other, "queue": one})):
        try:
            report_of(picture)
        except ReadingError:
            assert not isinstance(picture, dict) or not isinstance(picture.get("regions"), dict)
