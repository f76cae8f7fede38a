import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.dials import Dial, after, key_of, newest, parse_dial, value_of
from discovery.query import Pair
from discovery.records import Rejected
from discovery.rights import DIALS_PREFIX

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def kept(region: str, share: float, seconds: float = 0, by: str = "ann@host") -> Pair:
    return Pair(key_of(region), value_of(Dial(share, NOON + timedelta(seconds=seconds), by)))


def test_the_value_is_what_people_can_read_and_write() -> None:
    assert parse_dial('{"dial": 0.3, "at": "2026-01-31T12:00:00Z", "by": "ann@host"}') == Dial(0.3, NOON, "ann@host")
    assert parse_dial('{"dial": 1, "at": "2026-01-31T12:00:00.000000999+00:00", "by": "ann"}') == Dial(1.0, NOON, "ann")
    assert json.loads(value_of(Dial(0.3, NOON, "ann@host"))) == {"dial": 0.3, "at": "2026-01-31T12:00:00Z", "by": "ann@host"}
    assert str(Dial(0.0, NOON, "ann@host")) == "0, set by ann@host at 2026-01-31T12:00:00Z"


def test_a_reason_may_be_given_and_is_kept() -> None:
    dial = Dial(0.0, NOON, "ann@host", "its nginx is slow")
    assert parse_dial(value_of(dial)) == dial
    assert str(dial) == "0, set by ann@host at 2026-01-31T12:00:00Z: its nginx is slow"


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("us", "0.3", "no JSON object"),
        ("us", "", "no JSON"),
        ("us", "\ufffd", "no JSON"),
        ("us", "[" * 100_000, "no JSON"),
        ("us", '{"at": "2026-01-31T12:00:00Z", "by": "a"}', "dial None"),
        ("us", '{"dial": true, "at": "2026-01-31T12:00:00Z", "by": "a"}', "dial True"),
        ("us", '{"dial": "0.3", "at": "2026-01-31T12:00:00Z", "by": "a"}', "dial '0.3'"),
        ("us", '{"dial": 1.01, "at": "2026-01-31T12:00:00Z", "by": "a"}', "dial 1.01"),
        ("us", '{"dial": -0.1, "at": "2026-01-31T12:00:00Z", "by": "a"}', "dial -0.1"),
        ("us", '{"dial": NaN, "at": "2026-01-31T12:00:00Z", "by": "a"}', "dial nan"),
        ("us", '{"dial": 1e999, "at": "2026-01-31T12:00:00Z", "by": "a"}', "dial inf"),
        ("us", '{"dial": 1' + "0" * 5000 + ', "at": "2026-01-31T12:00:00Z", "by": "a"}', "no JSON"),
        ("us", '{"dial": 1' + "0" * 400 + ', "at": "2026-01-31T12:00:00Z", "by": "a"}', "dial"),
        ("us", '{"dial": 0, "at": "yesterday", "by": "a"}', "at 'yesterday'"),
        ("us", '{"dial": 0, "at": "2026-01-31T12:00:00", "by": "a"}', "UTC"),
        ("us", '{"dial": 0, "at": "2026-01-31T12:00:00+01:00", "by": "a"}', "UTC"),
        ("us", '{"dial": 0, "at": "2026-13-31T12:00:00Z", "by": "a"}', "month"),
        ("us", '{"dial": 0, "at": "9999-12-31T23:59:59Z", "by": "a"}', "UTC"),
        ("us", '{"dial": 0, "at": 1769860800, "by": "a"}', "UTC"),
        ("us", '{"dial": 0, "at": "2026-01-31T12:00:00Z", "by": ""}', "by ''"),
        ("us", '{"dial": 0, "at": "2026-01-31T12:00:00Z", "by": "a\\nb"}', "by"),
        ("us", '{"dial": 0, "at": "2026-01-31T12:00:00Z"}', "by None"),
        ("us", '{"dial": 0, "at": "2026-01-31T12:00:00Z", "by": "a", "why": "a\\nb"}', "why"),
        ("us", '{"dial": 0, "at": "2026-01-31T12:00:00Z", "by": "a", "why": 5}', "why 5"),
        ("US East", kept("us", 0).value, "region 'US East'"),
        ("", kept("us", 0).value, "region ''"),
        ("us/more", kept("us", 0).value, "region 'us/more'"),
    ],
)
def test_what_is_no_dial_is_left_out_with_the_reason(key: str, value: str, told: str) -> None:
    dials, (rejected,) = newest([Pair(DIALS_PREFIX + key, value), kept("eu", 0.5)])
    assert isinstance(rejected, Rejected)
    assert (rejected.id, told in rejected.reason) == (DIALS_PREFIX + key, True), rejected.reason
    assert list(dials) == ["eu"]


def test_of_several_datacenters_the_newest_counts_wherever_it_stands() -> None:
    values = [kept("us", 1.0, 1), kept("us", 0.0, 3, "bob@host"), kept("us", 0.5, 2), kept("eu", 0.2)]
    for turned in (values, values[::-1], values[2:] + values[:2]):
        dials, rejected = newest(turned)
        assert {region: dial.share for region, dial in dials.items()} == {"us": 0.0, "eu": 0.2}
        assert (dials["us"].by, rejected) == ("bob@host", ())


def test_of_two_at_the_same_moment_the_smaller_share_counts() -> None:
    assert (
        newest([kept("us", 1.0), kept("us", 0.0)])[0]["us"].share
        == newest([kept("us", 0.0), kept("us", 1.0)])[0]["us"].share
        == 0
    )


def test_a_new_dial_counts_even_when_the_last_one_was_written_by_a_clock_that_was_ahead() -> None:
    assert after(NOON, None) == NOON
    assert after(NOON, Dial(1.0, NOON - timedelta(hours=1), "a")) == NOON
    ahead = Dial(1.0, NOON + timedelta(hours=1), "a")
    assert newest([Pair(key_of("us"), value_of(one)) for one in (ahead, Dial(0.0, after(NOON, ahead), "b"))])[0]["us"].share == 0


times = st.datetimes(datetime(1000, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))


@given(st.floats(0, 1), times, st.text(min_size=1, max_size=128).filter(str.isprintable))
def test_what_is_written_is_what_is_read(share: float, at: datetime, by: str) -> None:
    dial = Dial(share, at, by)
    assert newest([Pair(key_of("us"), value_of(dial))]) == ({"us": dial}, ())


@given(st.text())
def test_any_text_is_a_dial_or_left_out(value: str) -> None:
    dials, rejected = newest([Pair(key_of("us"), value)])
    assert len(dials) + len(rejected) == 1
