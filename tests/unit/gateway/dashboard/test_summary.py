import pytest

from discovery.query import Service
from discovery.records import WORKERS
from discovery.view import View
from gateway.choose import Against, Passed
from gateway.dashboard.summary import START, summary

DOWN = Passed("x", "its endpoint is not passing", Against.UNHEALTHY)
DRAINED, FULL = Passed("x", "drained", Against.DRAINED), Passed("x", "full", Against.FULL)
HEARD = View().answered(Service("dc", WORKERS), (), 0.0)


@pytest.mark.parametrize(
    ("against", "waiting", "mood", "text"),
    [
        ([None, None, None], 0, "well", "All 3 regions take tasks"),
        ([None], 0, "well", "The region takes tasks"),
        ([None, FULL, FULL], 0, "well", "All 3 regions take tasks"),
        ([None, None], 1, "warn", "1 task waits for a slot"),
        ([FULL, FULL], 7, "warn", "Every region that takes tasks is full, and 7 tasks wait for a slot"),
        ([FULL, DRAINED], 0, "warn", "Every region that takes tasks is full; r1 is drained"),
        ([None, DRAINED, DRAINED], 0, "warn", "r1 and r2 are drained; the others take tasks"),
        ([DOWN, None, None], 3, "bad", "1 of 3 regions takes no tasks: r0, its endpoint is not passing"),
        ([DOWN, DOWN, DRAINED, None], 0, "bad", "2 of 4 regions take no tasks: r0 and r1; r2 is drained"),
        ([DOWN] * 5 + [None], 0, "bad", "5 of 6 regions take no tasks: r0, r1, r2 and 2 more"),
        ([DOWN, DRAINED], 0, "bad", "No region takes tasks: r0, its endpoint is not passing; r1 is drained"),
        ([DRAINED, DRAINED], 0, "bad", "No region takes tasks: r0 and r1 are drained"),
    ],
)
def test_the_sentence_says_what_is_worst(against: list[Passed | None], waiting: int, mood: str, text: str) -> None:
    found = summary(HEARD, {f"r{number}": one for number, one in enumerate(against)}, waiting, None)
    assert (found.mood, found.text) == (mood, text)


def test_a_ledger_that_is_away_comes_first() -> None:
    found = summary(HEARD, {"us": None}, 0, "there is no space left on its disk")
    assert (found.mood, found.text) == (
        "bad",
        "The ledger can't be written: there is no space left on its disk. The region takes tasks",
    )


def test_where_nothing_is_it_says_what_to_start_and_where_consul_is_silent_to_look_there() -> None:
    assert summary(HEARD, {}, 0, None).text == START
    silent = View().failed(Service("dc", WORKERS), "Connection refused")
    assert "Consul has not answered yet (Connection refused)" in summary(silent, {}, 0, None).text
    assert "Consul has not answered yet: is it running" in summary(View(), {}, 0, None).text
