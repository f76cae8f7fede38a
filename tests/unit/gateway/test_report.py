from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from discovery.dials import DIALS, Dial
from discovery.instance import Health, Instance
from discovery.query import Pair, Service
from discovery.records import REGION_ENDPOINTS, WORKERS
from discovery.view import View
from gateway.choose import Scene
from gateway.dashboard.seen import Seen
from gateway.policy import Policy
from gateway.report import regions_report
from gateway.roundtrip import RoundTrips
from gateway.standing import Standing

MONEY = {"from": "ledger", "submitted": 3, "solved": 2, "failed": 0, "unknown": 1, "trouble": "gone"}
DRAINED = Dial(0.0, datetime(2026, 1, 31, 12, tzinfo=UTC), "ann@host")


_WORKER = Instance("dc", "n", WORKERS, "w", "10.0.0.1", 80, Health.PASSING, {"region": "us", "slots": "5"})
_BAD = Instance("dc", "n", WORKERS, "bad", "no address", 80, Health.PASSING, {"region": "us"})
_META = {"region": "us", "title": "US", "location": "1.5,2", "url": "http://us:81"}
_ENDPOINT = Instance("dc", "n", REGION_ENDPOINTS, "e", "10.0.0.1", 81, Health.PASSING, _META)
VIEW = (
    View().answered(Service("dc", WORKERS), (_BAD, _WORKER), 10.0).answered(Service("dc", REGION_ENDPOINTS), (_ENDPOINT,), 12.0)
)


def report(
    view: View = VIEW, standing: Standing | None = None, policy: Policy | None = None, seen: Seen | None = None
) -> dict[str, Any]:
    standing = standing or Standing(round_trips=RoundTrips({"us": 0.0125}))
    scene = Scene(view.regions(), standing, policy or Policy(), 20.0)
    told: dict[str, Any] = regions_report(view, scene, 0, MONEY, seen or Seen(lambda: 20.0, lambda: 0.0))
    return told


def test_a_region_is_told_of_with_all_that_is_known() -> None:
    (region,) = report()["regions"]
    assert (region["name"], region["title"], region["location"]) == ("us", "US", (1.5, 2.0))
    assert (region["takes_tasks"], region["why_not"], region["slots"], region["in_flight"]) == (True, None, 5, 0)
    assert (region["round_trip_ms"], region["heard_seconds_ago"], region["trouble"]) == (12.5, 10.0, None)
    assert (region["state"], region["limit"]) == ("well", 5)
    assert region["workers"] == [
        {
            "id": "w", "address": "10.0.0.1:80", "slots": 5, "in_flight": 0, "weight": 1, "health": "passing", "backup": False,
            "resumable": False, "tls": False, "version": "", "datacenter": "dc", "node": "n",
        }
    ]  # fmt: skip
    assert region["endpoints"] == [{"id": "e", "url": "http://us:81", "health": "passing", "datacenter": "dc"}]


def test_what_its_tasks_came_to_is_told_of() -> None:
    seen = Seen(lambda: 20.0, lambda: 0.0)
    seen.refused.count("us", 20.0)
    seen.at_worker["w"] = 3
    (region,) = report(seen=seen)["regions"]
    assert (region["refused"], region["task_seconds"], region["workers"][0]["in_flight"]) == (1, None, 3)


def test_a_region_that_takes_none_says_why() -> None:
    standing = Standing()
    standing.load.in_flight["us"] = 5
    (region,) = report(standing=standing)["regions"]
    assert (region["takes_tasks"], region["why_not"]) == (False, "all its 5 slots are taken")


def test_a_region_has_its_state_in_one_word_and_the_slots_its_dial_leaves() -> None:
    full, half = Standing(), Dial(0.5, DRAINED.at, DRAINED.by)
    full.load.in_flight["us"] = 3
    lost = VIEW.answered(Service("dc", WORKERS), (), 15.0)
    told = [
        report(view=lost),
        report(standing=full, policy=Policy({"us": half})),
        report(policy=Policy({"us": DRAINED})),
    ]
    assert [(one["regions"][0]["state"], one["regions"][0]["limit"]) for one in told] == [
        ("unhealthy", 0), ("full", 3), ("drained", 0),
    ]  # fmt: skip


def test_a_dial_is_told_of_with_who_set_it_and_when() -> None:
    (region,) = report(policy=Policy({"us": DRAINED}))["regions"]
    assert region["dial"] == {"share": 0.0, "at": "2026-01-31T12:00:00+00:00", "by": "ann@host", "why": ""}
    assert region["why_not"] == "drained: its dial is 0, set by ann@host at 2026-01-31T12:00:00Z"
    assert report()["regions"][0]["dial"] is None


def test_what_is_kept_as_a_dial_and_is_none_is_told_of_and_so_is_a_store_that_does_not_answer() -> None:
    asked = VIEW.answered(DIALS.at("dc"), (Pair("nearway/dials/us", "0.5"),), 15.0).failed(DIALS.at("dc"), "refused")
    told = report(view=asked)
    assert [one["id"] for one in told["rejected"]] == ["bad", "nearway/dials/us"]
    assert told["datacenters"][0]["dials"] == {"heard_seconds_ago": 5.0, "trouble": "refused"}


def test_a_registration_left_out_is_told_of_with_the_reason() -> None:
    assert report()["rejected"] == [{"id": "bad", "reason": "Address 'no address' is not an IP address without a scope"}]


def test_what_could_not_be_confirmed_is_told_of_with_its_age() -> None:
    told = report(view=VIEW.failed(Service("dc", WORKERS), "refused"))
    assert told["regions"][0]["trouble"] == "refused"
    assert told["datacenters"][0]["services"][WORKERS] == {"heard_seconds_ago": 10.0, "trouble": "refused"}


def test_every_member_is_in_the_page_of_them() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "regions.md").read_text()
    assert [name for name in sorted(members(report(policy=Policy({"us": DRAINED})))) if f"`{name}`" not in page] == []


def members(told: Any) -> set[str]:
    """The names of all members, however deep; those of `services` are names of services."""
    if isinstance(told, list):
        return set().union(*map(members, told))
    if not isinstance(told, dict):
        return set()
    return {*told}.union(*(members(value) for name, value in told.items() if name != "services"))
