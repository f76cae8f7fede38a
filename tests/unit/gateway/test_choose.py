from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from math import ceil
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attempt.outcome import Outcome
from discovery.dials import Dial
from discovery.instance import Health
from discovery.view import Region
from gateway.choose import Against, Choice, Passed, Scene, choose, slots_of
from gateway.policy import Policy
from gateway.rank import Ranked
from gateway.roundtrip import MISSES
from gateway.standing import Standing
from tests.unit.gateway.conftest import make_region

P, W, C = Health.PASSING, Health.WARNING, Health.CRITICAL
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
OPEN = Policy(fail_open=True)
RANKED = [Ranked("us-east", "near"), Ranked("eu-west", "farther")]


def decide(
    regions: dict[str, Region],
    standing: Standing | None = None,
    tried: tuple[str, ...] = (),
    now: float = 0.0,
    policy: Policy | None = None,
) -> Choice:
    ranked = [one for one in RANKED if one.region in regions]
    return choose(ranked, Scene(regions, standing or Standing(), policy or Policy(), now), tried)


def chosen(*given: Any, **named: Any) -> str | None:
    choice = decide(*given, **named)
    return choice.endpoint.region if choice.endpoint else None


def dialled(**shares: float) -> Policy:
    return Policy({name.replace("_", "-"): Dial(share, NOON, "ann@host") for name, share in shares.items()})


def two(**first: object) -> dict[str, Region]:
    return {"us-east": make_region("us-east", **first), "eu-west": make_region("eu-west")}  # type: ignore[arg-type]


def busy(**in_flight: int) -> Standing:
    standing = Standing()
    standing.load.in_flight.update({name.replace("_", "-"): count for name, count in in_flight.items()})
    return standing


@pytest.mark.parametrize(
    ("regions", "standing", "expected"),
    [
        pytest.param(two(), busy(), "us-east", id="the nearest, when nothing speaks against it"),
        pytest.param(two(endpoint=C), busy(), "eu-west", id="not one whose endpoint is critical"),
        pytest.param(two(endpoint=None), busy(), "eu-west", id="not one without an endpoint"),
        pytest.param(two(workers=()), busy(), "eu-west", id="not one without workers"),
        pytest.param(two(workers=(C, C)), busy(), "eu-west", id="not one whose workers are all dead"),
        pytest.param(two(workers=(W,)), busy(), "us-east", id="one whose workers are merely busy"),
        pytest.param(two(), busy(us_east=9), "us-east", id="its last slot is used"),
        pytest.param(two(), busy(us_east=10), "eu-west", id="and then the next region's"),
        pytest.param(two(workers=(P, C)), busy(us_east=10), "eu-west", id="a dead worker's slots do not count"),
        pytest.param(two(workers=(P, W)), busy(us_east=19), "us-east", id="a busy worker's slots do"),
        pytest.param(two(), busy(us_east=10, eu_west=10), None, id="none, when all are full"),
        pytest.param({}, busy(), None, id="none, when there is none"),
    ],
)
def test_choosing(regions: dict[str, Region], standing: Standing, expected: str | None) -> None:
    assert chosen(regions, standing) == expected


def test_a_region_that_was_tried_is_not_tried_again() -> None:
    assert chosen(two(), tried=("us-east",)) == "eu-west"
    assert chosen(two(), tried=("us-east", "eu-west")) is None


def test_a_region_that_refused_rests_for_a_moment() -> None:
    standing = Standing()
    standing.load.refused("us-east", now=100.0, retry_after=None, jitter=0.0)
    assert chosen(two(), standing, now=100.3) == "eu-west"
    assert chosen(two(), standing, now=101.1) == "us-east"


def test_a_region_that_does_not_answer_probes_is_cut_off_until_it_does() -> None:
    standing = busy()
    for _ in range(MISSES):
        assert chosen(two(), standing) == "us-east"
        standing.round_trips.missed("us-east")
    assert chosen(two(), standing) == "eu-west"
    standing.round_trips.measured("us-east", 0.01)
    assert chosen(two(), standing) == "us-east"


def test_a_region_whose_tasks_fail_rests_and_is_tested_with_one() -> None:
    standing = busy()
    for _ in range(3):
        standing.breakers["us-east"] = standing.breakers["us-east"].heard(Outcome.UNSENT, 100.0, jitter=0.0)
    assert chosen(two(), standing, now=100.9) == "eu-west"
    assert chosen(two(), standing, now=101.0) == "us-east"
    standing.breakers["us-east"] = standing.breakers["us-east"].tried()
    assert chosen(two(), standing, now=101.0) == "eu-west"


def test_every_region_passed_over_has_its_reason() -> None:
    choice = decide(two(endpoint=C), busy(eu_west=10))
    assert choice.passed == (
        Passed("us-east", "its endpoint is not passing", Against.UNHEALTHY),
        Passed("eu-west", "all its 10 slots are taken", Against.FULL),
    )


@pytest.mark.parametrize(
    ("share", "held", "expected"),
    [
        (1.0, 9, "us-east"), (1.0, 10, "eu-west"), (0.3, 2, "us-east"), (0.3, 3, "eu-west"),
        (0.01, 0, "us-east"), (0.01, 1, "eu-west"), (0.0, 0, "eu-west"),
    ],
)  # fmt: skip
def test_a_dial_leaves_its_share_of_the_slots_and_one_at_least_unless_it_drains(share: float, held: int, expected: str) -> None:
    assert chosen(two(), busy(us_east=held), policy=dialled(us_east=share)) == expected


def test_the_reason_names_the_dial_and_who_set_it() -> None:
    first, second = decide(two(), busy(eu_west=3), policy=dialled(us_east=0.0, eu_west=0.3)).passed
    assert first == Passed("us-east", "drained: its dial is 0, set by ann@host at 2026-01-31T12:00:00Z", Against.DRAINED)
    told = "the 3 of its 10 slots that its dial leaves are taken (dial 0.3, set by ann@host at 2026-01-31T12:00:00Z)"
    assert second == Passed("eu-west", told, Against.FULL)


@pytest.mark.parametrize(
    ("slots", "share", "limit"),
    [(100, 0.07, 7), (100, 0.29, 29), (10, 0.3, 3), (7, 0.5, 4), (0, 0.5, 0), (9, 1e-12, 1), (9, 0.0, 0)],
)
def test_a_share_is_rounded_up_and_binary_fractions_do_not_show(slots: int, share: float, limit: int) -> None:
    assert dialled(r=share).limit("r", slots) == limit


def test_the_cap_over_all_regions_holds_a_task_back_which_is_worth_waiting_for() -> None:
    choice = decide(two(), busy(us_east=2, eu_west=1), policy=Policy(total_slots=3))
    assert (choice.endpoint, choice.why, choice.is_worth_waiting) == (None, "all 3 slots of the account are taken", True)
    assert chosen(two(), busy(us_east=2), policy=Policy(total_slots=3)) == "us-east"


def test_where_nothing_would_take_the_task_the_cap_is_no_reason_to_wait() -> None:
    assert not decide(
        {"us-east": make_region("us-east", endpoint=C)}, busy(us_east=3), policy=Policy(total_slots=3)
    ).is_worth_waiting


def test_with_fail_open_the_nearest_that_only_looks_bad_is_better_than_none() -> None:
    both = {"us-east": make_region("us-east", endpoint=C), "eu-west": make_region("eu-west", workers=(C,))}
    assert chosen(both) is None
    choice = decide(both, policy=OPEN)
    assert choice.endpoint is both["us-east"].endpoints[0]
    assert choice.why == "fail open: no region looks well; of this one, its endpoint is not passing; near"
    assert [one.region for one in choice.passed] == ["eu-west"]
    assert chosen(both, tried=("us-east",), policy=OPEN) == "eu-west"
    assert chosen(both, tried=("us-east", "eu-west"), policy=OPEN) is None


def test_fail_open_never_comes_before_a_region_that_is_well_be_it_full() -> None:
    assert chosen(two(endpoint=C), policy=OPEN) == "eu-west"
    choice = decide(two(endpoint=C), busy(eu_west=10), policy=OPEN)
    assert (choice.endpoint, choice.is_worth_waiting) == (None, True)


def test_fail_open_leaves_alone_what_is_drained_has_no_worker_or_just_refused() -> None:
    only = {"us-east": make_region("us-east", endpoint=C)}
    assert chosen(only, policy=replace(dialled(us_east=0.0), fail_open=True)) is None
    assert chosen({"us-east": make_region("us-east", workers=())}, policy=OPEN) is None
    assert chosen({"us-east": make_region("us-east", endpoint=None)}, policy=OPEN) is None
    refused = Standing()
    refused.load.refused("us-east", now=0.0, retry_after=None, jitter=0.0)
    choice = decide(only, refused, policy=OPEN)
    assert (choice.endpoint, choice.is_worth_waiting) == (None, False)


def test_failing_open_still_counts_slots_those_of_all_workers() -> None:
    only = {"us-east": make_region("us-east", workers=(C, C))}
    assert chosen(only, busy(us_east=19), policy=OPEN) == "us-east"
    choice = decide(only, busy(us_east=20), policy=OPEN)
    assert choice.passed == (Passed("us-east", "it has no healthy worker, and all its 20 slots are taken", Against.FULL),)
    assert choice.is_worth_waiting


def test_slots_add_up(region: Callable[..., Region]) -> None:
    assert slots_of(region("r", workers=(P, W, C, P), slots=7)) == 21


@dataclass(frozen=True)
class Drawn:
    """A region and all that is known of it, as a test draws it."""

    endpoint: Health | None
    workers: list[Health]
    slots: int
    taken: int
    refused: bool
    cut_off: bool
    failures: int
    share: float | None
    tried: bool

    @property
    def looks_well(self) -> bool:
        return self.endpoint is P and not self.cut_off and self.failures < 3 and any(one is not C for one in self.workers)

    def room(self, *healths: Health) -> bool:
        whole = self.slots * sum(one in healths for one in self.workers)
        left = whole if self.share is None else ceil(Fraction(str(self.share)) * whole)
        return self.taken < left and not self.refused


healths = st.sampled_from([P, W, C])
shares = st.none() | st.sampled_from([0.0, 0.07, 0.1, 0.3, 0.5, 0.99, 1.0])
drawn_regions = st.dictionaries(
    st.sampled_from(["us-east", "eu-west", "ap-south", "sa-east"]),
    st.builds(
        Drawn,
        st.none() | healths,
        st.lists(healths, max_size=4),
        st.integers(1, 5),
        st.integers(0, 12),
        st.booleans(),
        st.booleans(),
        st.integers(0, 4),
        shares,
        st.booleans(),
    ),
)


@given(drawn_regions, st.none() | st.integers(1, 30), st.booleans(), st.randoms(use_true_random=False))
def test_the_choice_is_the_nearest_region_that_may_be_named_and_none_only_when_there_is_none(
    drawn: dict[str, Drawn], total: int | None, fail_open: bool, shuffle: Random
) -> None:
    ranked = [Ranked(name, "") for name in drawn]
    shuffle.shuffle(ranked)
    dials = {name: Dial(one.share, NOON, "a") for name, one in drawn.items() if one.share is not None}
    regions, standing = {}, Standing()
    for name, one in drawn.items():
        regions[name] = make_region(name, endpoint=one.endpoint, workers=tuple(one.workers), slots=one.slots)
        standing.load.in_flight[name] = one.taken
        if one.refused:
            standing.load.refused(name, 0.0, None, jitter=0.0)
        for _ in range(MISSES * one.cut_off):
            standing.round_trips.missed(name)
        for _ in range(one.failures):
            standing.breakers[name] = standing.breakers[name].heard(Outcome.UNSENT, 0.0, 0.0)
    tried = {name for name, one in drawn.items() if one.tried}
    choice = choose(ranked, Scene(regions, standing, Policy(dials, total, fail_open), 0.3), tried)

    open_to_it = {one.region: drawn[one.region] for one in ranked if one.region not in tried and drawn[one.region].share != 0}
    well = {name: one for name, one in open_to_it.items() if one.looks_well}
    bad = {name: one for name, one in open_to_it.items() if not one.looks_well and one.endpoint is not None and one.workers}
    expected = [name for name, one in well.items() if one.room(P, W)]
    if fail_open and not well:
        expected = [name for name, one in bad.items() if one.room(P, W, C)]
    if total is not None and sum(one.taken for one in drawn.values()) >= total:
        assert (choice.endpoint, choice.capped) == (None, bool(expected))
    else:
        assert (choice.endpoint.region if choice.endpoint else None) == (expected[0] if expected else None)
    if choice.endpoint is None and not choice.capped:
        assert {one.region for one in choice.passed} == set(drawn)
    assert all(one.why for one in choice.passed)
    assert choice.endpoint is None or choice.endpoint.region not in {one.region for one in choice.passed}
