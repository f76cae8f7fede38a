from ipaddress import ip_address

import pytest

from attempt.outcome import Outcome
from contract.submitted import Submitted
from gateway.dashboard.ended import Wanted
from gateway.dashboard.seen import Seen
from gateway.errand import Errand
from gateway.place import Place
from gateway.task import Task
from gateway.tenants import Tenant
from gateway.timing import Timing
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(100.0)


@pytest.fixture
def seen(clock: Clock) -> Seen:
    return Seen(clock, lambda: clock.now + 1e9)


def errand(clock: Clock, name: str = "t1", *places: Place) -> Errand:
    task = Task(name, "r", b"{}", ip_address("203.0.113.7"), 400.0, places, Tenant("acme"))
    return Errand(task, Timing(clock), at="us")


PARIS, NEAR = Place("by its network", (48.9, 2.4)), Place("it prefers it", region="eu")


def test_a_task_that_ended_is_kept_with_its_trail_and_times(seen: Seen, clock: Clock) -> None:
    one = errand(clock)
    clock.now += 2
    one.timing.begin("submit")
    clock.now += 5
    one.timing.end()
    one.trail.moved("us", "eu", "it fell silent")
    seen.over(one, "solved", Submitted.YES)
    (found,) = seen.ended.find(Wanted(), 10)
    assert (found.id, found.tenant, found.region, found.outcome, found.money) == ("t1", "acme", "us", "solved", Submitted.YES)
    assert (found.at, found.seconds, found.waited) == (1e9 + 107, 7.0, 2.0)
    assert found.trail == ("us: waiting moved on to eu: it fell silent",)
    assert (seen.time_of("us"), seen.time_of("eu")) == (7.0, None)


def test_where_tasks_came_from_and_went_is_counted_by_the_first_place_that_applies(seen: Seen, clock: Clock) -> None:
    seen.attempted(errand(clock, "a", PARIS, NEAR), "us", Outcome.ACCEPTED, "w1")
    seen.attempted(errand(clock, "b", NEAR), "us", Outcome.ANSWERED, None)
    seen.attempted(errand(clock, "c"), "us", Outcome.ACCEPTED, "w1")
    seen.attempted(errand(clock, "d", PARIS), "us", Outcome.UNSENT, None)
    assert seen.flows.counts(clock.now) == {((49, 2), "us"): 1, ("eu", "us"): 1}


def test_a_worker_has_its_tasks_until_they_are_over_wherever_they_end(seen: Seen, clock: Clock) -> None:
    one, other = errand(clock, "a"), errand(clock, "b")
    seen.attempted(one, "us", Outcome.REFUSED, "w9")
    seen.attempted(one, "us", Outcome.ACCEPTED, "w1")
    seen.attempted(other, "us", Outcome.ACCEPTED, "w1")
    assert seen.at_worker == {"w1": 2}
    seen.over(one, "solved", Submitted.YES)
    assert seen.at_worker == {"w1": 1}
    seen.over(other, "left", Submitted.NO)
    assert dict(seen.at_worker) == {}, "else it would grow with every worker there ever was"
    assert seen._worker_of == {}


def test_refusals_and_moves_are_counted_for_a_minute(seen: Seen, clock: Clock) -> None:
    seen.attempted(errand(clock), "us", Outcome.REFUSED, None)
    seen.moved("us", "eu")
    assert (seen.refused.counts(clock.now), seen.moves.counts(clock.now)) == ({"us": 1}, {("us", "eu"): 1})
    clock.now += 61
    assert (seen.refused.counts(clock.now), seen.moves.counts(clock.now)) == ({}, {})


def test_money_is_counted_as_the_ledger_counts_it(seen: Seen, clock: Clock) -> None:
    for outcome, money in (
        ("solved", Submitted.YES),
        ("DEADLINE_EXCEEDED", Submitted.YES),
        ("SUBMISSION_UNKNOWN", Submitted.UNKNOWN),
        ("NO_REGION", Submitted.NO),
        ("left", Submitted.NO),
    ):
        seen.over(errand(clock), outcome, money)
    assert seen.spent == {"submitted": 2, "solved": 1, "failed": 1, "unknown": 1}
