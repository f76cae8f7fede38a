from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.instance import Health
from discovery.view import Region
from gateway.choose import choose, slots_of
from gateway.outcome import Outcome
from gateway.rank import Ranked
from gateway.standing import Standing
from tests.unit.gateway.conftest import make_region

P, W, C = Health.PASSING, Health.WARNING, Health.CRITICAL
RANKED = [Ranked("us-east", "near"), Ranked("eu-west", "farther")]


def chosen(
    regions: dict[str, Region], standing: Standing | None = None, tried: tuple[str, ...] = (), now: float = 0.0
) -> str | None:
    choice = choose([one for one in RANKED if one.region in regions], regions, standing or Standing(), tried, now)
    return choice.endpoint.region if choice.endpoint else None


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
    standing.load.refused("us-east", now=100.0, retry_after=None)
    assert chosen(two(), standing, now=100.5) == "eu-west"
    assert chosen(two(), standing, now=101.1) == "us-east"


def test_a_region_that_does_not_answer_probes_is_cut_off_until_it_does() -> None:
    standing = busy()
    standing.round_trips.missed("us-east")
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
    choice = choose(RANKED, two(endpoint=C), busy(eu_west=10), (), 0.0)
    assert [(one.region, one.why, one.full) for one in choice.passed] == [
        ("us-east", "its endpoint is not passing", False),
        ("eu-west", "all its 10 slots are taken", True),
    ]


def test_slots_add_up(region: Callable[..., Region]) -> None:
    assert slots_of(region("r", workers=(P, W, C, P), slots=7)) == 21


healths = st.sampled_from([P, W, C])


@given(
    st.dictionaries(
        st.sampled_from(["us-east", "eu-west", "ap-south"]),
        st.tuples(st.none() | healths, st.lists(healths, max_size=4), st.integers(1, 5), st.integers(0, 12), st.booleans()),
    ),
    st.sets(st.sampled_from(["us-east", "eu-west", "ap-south"])),
)
def test_never_a_dead_full_or_tried_region_and_always_one_when_one_is_free(
    drawn: dict[str, tuple[Health | None, list[Health], int, int, bool]], tried: set[str]
) -> None:
    regions, standing = {}, Standing()
    for name, (endpoint, workers, slots, taken, refused) in drawn.items():
        regions[name] = make_region(name, endpoint=endpoint, workers=tuple(workers), slots=slots)
        standing.load.in_flight[name] = taken
        if refused:
            standing.load.refused(name, 0.0, None)
    free = [
        name
        for name, (endpoint, workers, slots, taken, refused) in drawn.items()
        if endpoint is P and taken < slots * sum(one is not C for one in workers) and not refused and name not in tried
    ]
    choice = choose([Ranked(name, "") for name in regions], regions, standing, tried, 0.5)
    assert (choice.endpoint.region if choice.endpoint else None) == (free[0] if free else None)
