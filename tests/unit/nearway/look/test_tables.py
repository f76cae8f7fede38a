"""What the tables show, as lines."""

import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from nearway.look.report import Region, report_from
from nearway.look.tables import _bar, left_out, money, regions_table, status_table, summary, tenants, workers_table
from tests.unit.nearway.look.saying import DIAL, region, regions, worker

EVIL = "\x1b]0;owned\x07[red]\u202e\n"


def lines(*parts: RenderableType) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=10_000, color_system=None, markup=True, emoji=True).print(*parts, sep="\n")
    return [line.rstrip() for line in out.getvalue().splitlines()]


def cells(line: str) -> list[str]:
    return re.split(" {2,}", line)


def shown(**more: Any) -> list[str]:
    """The cells of one region's line."""
    return cells(lines(status_table(report_from(regions(region(**more)))))[1])


def test_a_region_is_a_line_with_what_it_does() -> None:
    head, line = lines(status_table(report_from(regions(region()))))
    assert cells(head) == ["region", "state", "use", "in flight", "dial", "round trip", "heard", "workers", "why not"]
    assert cells(line) == ["us", "well", "███·······", "3 of 10", "1", "12.5 ms", "0.3 s", "1 of 1"]


def test_why_it_takes_none_and_what_consul_is_silent_of_stand_at_the_end() -> None:
    assert shown(state="drained", why_not="drained: its dial is 0")[-1] == "drained: its dial is 0"
    assert shown(trouble="refused")[-1] == "Consul: refused"
    assert shown(why_not="it has no endpoint", trouble="refused")[-1] == "it has no endpoint; Consul: refused"


def test_of_a_dialled_region_the_slots_its_dial_leaves_count() -> None:
    assert shown(dial=DIAL, limit=5)[2:5] == ["██████····", "3 of 5 (10 slots)", "0.5"]
    assert shown(dial={**DIAL, "share": 0.0}, limit=0, in_flight=0)[2:5] == ["··········", "0 of 0 (10 slots)", "0"]


def test_what_is_not_known_is_shown_as_that() -> None:
    assert shown(in_flight=None, round_trip_ms=None, heard_seconds_ago=None)[2:] == [
        "··········", "? of 10", "1", "-", "never", "1 of 1",
    ]  # fmt: skip


def test_a_worker_that_warns_is_alive_and_one_that_is_critical_is_not() -> None:
    workers = [worker(health=health) for health in ("passing", "warning", "critical")]
    assert shown(workers=workers)[-1] == "2 of 3"


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_the_bar_is_full_only_when_nothing_is_left_and_empty_only_when_nothing_is_taken(taken: int, limit: int) -> None:
    (one,) = report_from(regions(region(in_flight=taken, limit=limit))).regions
    bar = _bar(one).plain
    assert len(bar) == 10
    assert (bar == "█" * 10) == (taken >= limit)
    assert (bar == "·" * 10) == (taken == 0)


def test_the_first_line_tells_of_all() -> None:
    report = report_from(regions(region(), region("eu", state="drained"), waiting=4))
    assert lines(summary("http://g:8000", report)) == [
        "gateway http://g:8000 (0.1.0): 1 of 2 regions take tasks; 6 tasks in flight, 4 wait for a slot"
    ]


def test_what_was_spent_is_told_with_since_when() -> None:
    spent = {"submitted": 9, "solved": 7, "failed": 1, "unknown": 1}
    told = [[line.plain for line in money(report_from(regions(money=one)))] for one in ({}, {"from": "ledger", **spent}, spent)]
    counts = "9 submitted, 7 solved, 1 failed, 1 unknown"
    assert told == [[], [f"money today: {counts}"], [f"money since the gateway's start: {counts}"]]
    (line,) = lines(*money(report_from(regions(money={"from": "start", "trouble": "\x1b[2J"}))))
    assert line.endswith(r"(the ledger can't be read: \x1b[2J)")


def test_what_tenants_use_of_what_they_may_is_told_where_there_are_any() -> None:
    used = {"in_flight": 2, "slots": 20, "waiting": 1, "queue": None, "submitted_today": 7, "daily": 5000}
    report = report_from(regions(region(), tenants={"acme": used, f"tiny{EVIL}": {}, "odd": 7}))
    head, acme, tiny = lines(*tenants(report))[1:]
    assert cells(head) == ["tenant", "in flight", "waiting", "submitted today"]
    assert cells(acme) == ["acme", "2 of 20", "1", "7 of 5000"]
    assert tiny.isprintable()
    assert cells(tiny)[1:] == ["-", "-", "-"]
    assert tenants(report_from(regions(region()))) == []


def test_regions_and_workers_are_told_of_whole() -> None:
    report = report_from(regions(region(dial=DIAL, limit=5, workers=[worker(backup=True), worker("v", resumable=False)])))
    assert cells(lines(regions_table(report.regions))[1]) == [
        "us", "US", "well", "10", "5", "3", "0.5", "ann@host", "12.5 ms", "0.3 s", "1", "2 of 2",
    ]  # fmt: skip
    assert [cells(line) for line in lines(workers_table(report.workers))[1:]] == [
        ["w", "us", "10.0.0.1:80", "passing", "5", "1", "dc", "0.1.0", "resumable, backup"],
        ["v", "us", "10.0.0.1:80", "passing", "5", "1", "dc", "0.1.0", "basic"],
    ]


@pytest.mark.parametrize("name", ["name", "title", "why_not", "trouble", "state"])
def test_nothing_a_region_says_of_itself_reaches_the_terminal_as_more_than_text(name: str) -> None:
    assert_harmless(region(**{name: EVIL}))


@pytest.mark.parametrize("name", ["id", "address", "health", "version", "datacenter"])
def test_nothing_a_worker_says_of_itself_does_either(name: str) -> None:
    assert_harmless(region(workers=[worker(**{name: EVIL})]))


def assert_harmless(row: dict[str, Any]) -> None:
    report = report_from(regions(row, version=EVIL, rejected=[{"id": EVIL, "reason": EVIL}]))
    tables: list[RenderableType] = [
        summary("u", report),
        status_table(report),
        regions_table(report.regions),
        workers_table(report.workers),
    ]
    shown = lines(*tables, *left_out(report))
    assert all(line.isprintable() for line in shown)
    assert r"\x1b]0;owned\x07[red]\u202e\n" in "".join(shown)


def test_a_column_of_a_narrow_terminal_hides_nothing(  # a name that is cut off could be another's
) -> None:
    out = io.StringIO()
    (one,) = report_from(regions(region("a-region-of-a-long-name", why_not="long " * 50))).regions
    assert isinstance(one, Region)
    Console(file=out, width=80, color_system=None).print(regions_table([one]))
    assert "a-region-of-a-long-name" in out.getvalue()
