"""Choosing a region: the nearest that is healthy, has a free slot and was not tried, with the reason for each it is not.

Pure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from discovery.instance import Health
from discovery.records import RegionEndpoint
from discovery.view import Region
from gateway.rank import Ranked
from gateway.standing import Standing

TAKES_TASKS = (Health.PASSING, Health.WARNING)


@dataclass(frozen=True, slots=True)
class Passed:
    """A region passed over, and why; `full` when the only reason is that it has no slot free now."""

    region: str
    why: str
    full: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen region's endpoint (None when there is none), why it, and the regions passed over before it."""

    endpoint: RegionEndpoint | None
    why: str
    passed: tuple[Passed, ...]


def choose(
    ranked: Sequence[Ranked], regions: Mapping[str, Region], standing: Standing, tried: Collection[str], now: float
) -> Choice:
    """The first region in rank order that nothing speaks against."""
    passed: list[Passed] = []
    for candidate in ranked:
        region = regions[candidate.region]
        against = objection(region, standing, tried, now)
        if against is None:
            return Choice(endpoint(region), candidate.why, tuple(passed))
        passed.append(against)
    return Choice(None, "no region takes it", tuple(passed))


def next_chance(standing: Standing, now: float) -> float | None:
    """When the next region's rest ends, if any rests: until then nothing but a freed slot or news changes the choice."""
    rests = [*standing.load.full_until.values(), *(breaker.until for breaker in standing.breakers.values())]
    return min((until for until in rests if until > now), default=None)


def objection(region: Region, standing: Standing, tried: Collection[str], now: float) -> Passed | None:
    """What speaks against giving this region a new task now."""
    if region.name in tried:
        return Passed(region.name, "already tried for this task")
    if endpoint(region) is None:
        return Passed(region.name, "its endpoint is not passing" if region.endpoints else "it has no endpoint")
    if standing.round_trips.is_cut_off(region.name):
        return Passed(region.name, "it does not answer this gateway's probes")
    slots, load = slots_of(region), standing.load
    if slots == 0:
        return Passed(region.name, "it has no healthy worker")
    if not standing.breakers[region.name].allows(now):
        return Passed(region.name, "its last tasks failed, and it rests")
    if load.in_flight[region.name] >= slots:
        return Passed(region.name, f"all its {slots} slots are taken", full=True)
    if load.is_full(region.name, now):
        return Passed(region.name, "it refused a task a moment ago", full=True)
    return None


def endpoint(region: Region) -> RegionEndpoint | None:
    """The region's first endpoint that passes; None when none does."""
    return next((one for one in region.endpoints if one.health is Health.PASSING), None)


def slots_of(region: Region) -> int:
    """The slots of its workers that pass or warn: a warning is a busy worker, not a dead one."""
    return sum(worker.slots for worker in region.workers if worker.health in TAKES_TASKS)
