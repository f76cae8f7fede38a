from datetime import UTC, datetime

from discovery.dials import Dial
from gateway.choose import Against
from gateway.dashboard.happened import Journal, State, differences

WELL, FULL = State(None), State(Against.FULL, "all its 5 slots are taken")
DOWN = State(Against.UNHEALTHY, "its endpoint is not passing")
DRAINED = State(Against.DRAINED, "drained", Dial(0.0, datetime(2026, 1, 31, 12, tzinfo=UTC), "ann@desk", "its nginx is slow"))
HALF = State(None, "", Dial(0.5, datetime(2026, 1, 31, 13, tzinfo=UTC), "bob@desk"))


def told(before: dict[str, State], now: dict[str, State]) -> list[tuple[str, str, str]]:
    return list(differences(before, now))


def test_a_region_that_goes_bad_and_comes_back_is_told_of() -> None:
    assert told({"us": WELL}, {"us": DOWN}) == [("us", "bad", "takes no tasks: its endpoint is not passing")]
    assert told({"us": DOWN}, {"us": FULL}) == [("us", "good", "is well again")]


def test_that_it_is_full_is_no_news() -> None:
    assert told({"us": WELL}, {"us": FULL}) == told({"us": FULL}, {"us": WELL}) == []


def test_a_dial_is_told_of_with_who_and_why() -> None:
    assert told({"us": WELL}, {"us": DRAINED}) == [("us", "dial", "dial 100% → 0%, by ann@desk: its nginx is slow")]
    assert told({"us": DRAINED}, {"us": HALF}) == [("us", "dial", "dial 0% → 50%, by bob@desk")]
    assert told({"us": HALF}, {"us": WELL})[0][1:] == ("dial", "its dial is gone from Consul: all of its slots count")


def test_regions_come_and_go() -> None:
    assert told({}, {"us": WELL, "eu": DOWN}) == [
        ("eu", "bad", "takes no tasks: its endpoint is not passing"),
        ("us", "good", "is new"),
    ]
    assert told({"us": WELL}, {}) == [("us", "gone", "is no longer in Consul")]


def test_a_journal_begins_with_its_first_look_and_keeps_so_many_lines() -> None:
    journal = Journal(most=2)
    assert journal.look({"us": DOWN}, 1.0) == []
    for second in range(2, 6):
        journal.look({"us": WELL if second % 2 == 0 else DOWN}, float(second))
    assert [(one.number, one.at, one.kind) for one in journal] == [(3, 4.0, "good"), (4, 5.0, "bad")]
