from typing import Any

import pytest

from nearway.look.changes import changes
from nearway.look.report import Report, report_from
from nearway.look.watched import Silence, Watched, told
from tests.unit.nearway.look.saying import DIAL, region, regions, worker


def report(*rows: dict[str, Any]) -> Report:
    return report_from(regions(*rows))


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ({}, {"state": "full", "why_not": "all its 10 slots are taken"}, "well, now full: all its 10 slots are taken"),
        ({"state": "full", "why_not": "it is"}, {}, "full, now well"),
        ({}, {"dial": DIAL}, "its dial was 1, now 0.5, set by ann@host"),
        ({"dial": DIAL}, {"dial": {**DIAL, "share": 0.0}}, "its dial was 0.5, now 0, set by ann@host"),
        ({}, {"trouble": "refused"}, "Consul does not answer for it: refused"),
        ({"trouble": "refused"}, {}, "Consul answers for it again"),
        ({}, {"workers": []}, "worker w is gone"),
        ({"workers": []}, {}, "worker w is new, passing, with 5 slots"),
        ({}, {"workers": [worker(health="critical")]}, "worker w was passing, now critical"),
        ({}, {"workers": [worker(slots=7)]}, "worker w had 5 slots, now 7"),
    ],
    ids=str,
)
def test_what_happens_to_a_region_is_told(before: dict[str, Any], after: dict[str, Any], what: str) -> None:
    assert [str(one) for one in changes(report(region(**before)), report(region(**after)))] == [f"us: {what}"]


@pytest.mark.parametrize(
    "more", [{}, {"in_flight": 9}, {"heard_seconds_ago": 9.0}, {"round_trip_ms": 1.0}, {"trouble": "refused, and again"}], ids=str
)
def test_load_and_ages_are_no_news(more: dict[str, Any]) -> None:
    trouble = {"trouble": "refused"} if "trouble" in more else {}
    assert list(changes(report(region(**trouble)), report(region(**more)))) == []


def test_regions_come_and_go() -> None:
    lines = [str(one) for one in changes(report(region("us"), region("eu")), report(region("eu"), region("ap", state="drained")))]
    assert lines == ["ap: it is new, drained", "us: it is gone"]


def test_silence_is_told_of_once_and_its_end_with_what_changed_meanwhile() -> None:
    full = report(region(state="full"))
    steps: list[Report | Silence] = [
        Silence("no"),
        Silence("no"),
        report(region()),
        Silence("gone"),
        Silence("gone"),
        Silence("still"),
        full,
    ]
    watched, lines, since = Watched(), [], []
    for now, news in enumerate(steps):
        before, watched = watched, watched.heard(news, float(now))
        lines.append([str(one) for one in told(before, watched)])
        since.append(watched.since if watched.silence else None)
    again = ["the gateway answers again", "us: well, now full"]
    assert lines == [["no"], [], ["us: it is new, well"], ["gone"], [], ["still"], again]
    assert since == [0.0, 0.0, None, 3.0, 3.0, 3.0, None]


def test_what_was_known_stays_while_nothing_comes() -> None:
    known = report(region())
    watched = Watched().heard(known, 0.0).heard(Silence("gone"), 1.0)
    assert (watched.report, watched.silence) == (known, "gone")


def test_a_gateway_without_regions_is_told_of() -> None:
    assert [str(one) for one in told(Watched(), Watched(report()))] == ["the gateway knows no region"]
