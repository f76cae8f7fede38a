import time
from datetime import UTC, datetime
from typing import Any

from attempt.breaker import THRESHOLD, Breaker
from attempt.outcome import Outcome
from contract.bounded import Bounded
from contract.submitted import Submitted
from discovery.dials import DIALS, Dial
from discovery.instance import Health, Instance
from discovery.query import Service
from discovery.records import REGION_ENDPOINTS, WORKERS
from discovery.view import View
from gateway.choose import Scene
from gateway.gauges import Gauges, Moment, gauges
from gateway.metrics import Metrics
from gateway.policy import Policy
from gateway.roundtrip import MISSES, RoundTrips
from gateway.standing import Standing

DRAINED = Dial(0.0, datetime(2026, 1, 31, 12, tzinfo=UTC), "ann@host")


def view(regions: int = 1, workers: int = 1, health: Health = Health.PASSING) -> View:
    names = [f"r{number}" for number in range(regions)]
    found = tuple(
        Instance("dc", "n", WORKERS, f"w-{name}-{one}", "10.0.0.1", 80, health, {"region": name, "slots": "5"})
        for name in names
        for one in range(workers)
    )
    endpoints = tuple(
        Instance(
            "dc", "n", REGION_ENDPOINTS, f"e-{name}", "10.0.0.1", 81, Health.PASSING,
            {"region": name, "title": name, "location": "1.5,2", "url": "http://us:81"},
        )
        for name in names
    )  # fmt: skip
    answers = View().answered(Service("dc", WORKERS), found, 10.0).answered(Service("dc", REGION_ENDPOINTS), endpoints, 12.0)
    return answers.answered(DIALS.at("dc"), (), 15.0)


def moment(**given: Any) -> Moment:
    known: dict[str, Any] = {"view": view(), "standing": Standing(), "policy": Policy(), "waiting": {}, "longest": 0.0, **given}
    scene = Scene(known["view"].regions(), known["standing"], known["policy"], 20.0)
    return Moment(known["view"], scene, known["waiting"], known["longest"])


def values(most: int = 10, **given: Any) -> dict[tuple[str, ...], float]:
    found = gauges(moment(**given), Bounded(most))
    return {
        (family.name.removeprefix("nearway_"), *sample.labels.values()): sample.value
        for family in found
        for sample in family.samples
    }


def test_a_region_that_is_well() -> None:
    standing = Standing(round_trips=RoundTrips({"r0": 0.5}))
    standing.load.take("r0")
    assert values(standing=standing, waiting={"": 7}, longest=2.5) == {
        ("slots", "r0"): 5, ("in_flight", "r0"): 1, ("dial", "r0"): 1.0, ("region_up", "r0"): 1, ("region_full", "r0"): 0,
        ("region_cut_off", "r0"): 0, ("breaker_open", "r0"): 0, ("round_trip_seconds", "r0"): 0.5,
        ("workers", "r0", "passing"): 1, ("workers", "r0", "warning"): 0, ("workers", "r0", "critical"): 0,
        ("view_age_seconds", "dc", WORKERS): 10.0, ("view_age_seconds", "dc", REGION_ENDPOINTS): 8.0,
        ("view_age_seconds", "dc", "dials"): 5.0,
        ("queue_length",): 7, ("queue_longest_wait_seconds",): 2.5, ("rejected_registrations",): 0,
    }  # fmt: skip


def test_each_thing_that_is_wrong_with_a_region_shows_in_its_own_gauge() -> None:
    def shown(**given: Any) -> set[str]:
        found = values(**given)
        return {name for name in ("region_full", "region_cut_off", "breaker_open") if found[name, "r0"]} | (
            {"up"} if found["region_up", "r0"] else set()
        )

    full = Standing()
    full.load.in_flight["r0"] = 5
    failing = Standing()
    failing.breakers["r0"] = Breaker(failures=THRESHOLD, until=30.0)
    assert shown() == {"up"}
    assert shown(standing=full) == {"up", "region_full"}
    assert shown(standing=failing) == {"breaker_open"}
    assert shown(standing=Standing(round_trips=RoundTrips(misses={"r0": MISSES}))) == {"region_cut_off"}
    assert shown(view=view(health=Health.CRITICAL)) == set()
    assert shown(policy=Policy({"r0": DRAINED})) == {"up"}
    assert values(policy=Policy({"r0": DRAINED}))["dial", "r0"] == 0


def test_who_waits_is_told_by_tenant_where_there_are_tenants() -> None:
    found = values(waiting={"acme": 3, "bond": 1})
    assert (found["queue_length",], found["tenant_queue_length", "acme"], found["tenant_queue_length", "bond"]) == (4, 3, 1)


def test_regions_beyond_the_bound_add_up_under_one_name() -> None:
    found = values(most=2, view=view(regions=5, workers=3))
    assert {key[1] for key in found if key[0] == "slots"} == {"r0", "r1", "other"}
    assert (found["slots", "r0"], found["slots", "other"], found["workers", "other", "passing"]) == (15, 45, 9)


def test_a_scrape_with_2000_workers_is_small_and_quick() -> None:
    metrics, seen = Metrics(), view(regions=50, workers=40)
    for number in range(50):
        for outcome in Outcome:
            metrics.attempt(f"r{number}", outcome, Submitted.YES)
        for path in ("/solve", "/tasks", "/regions"):
            metrics.answered(path, 200 + number)
    metrics.registry.register(Gauges(lambda: moment(view=seen), metrics.region))
    seconds = []
    for _ in range(5):  # with the first, what follows from the view is worked out; and the garbage collector may come between
        begun = time.thread_time()
        text = metrics.exposition()
        seconds.append(time.thread_time() - begun)
    assert min(seconds) < 0.05
    assert len(text) < 200_000
    assert b"w-r1-1" not in text
