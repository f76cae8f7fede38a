"""Choosing a region: the nearest that is healthy, has a free slot and was not tried, with the reason for each it is not.

Pure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import chain

from discovery.instance import TAKES_TASKS, Health
from discovery.records import RegionEndpoint
from discovery.view import Region
from gateway.policy import Policy
from gateway.rank import Ranked
from gateway.standing import Standing


@dataclass(frozen=True, slots=True)
class Scene:
    """The regions, and all that is known and wanted of them, at one moment; `now` in seconds."""

    regions: Mapping[str, Region]
    standing: Standing
    policy: Policy
    now: float


class Against(Enum):
    """What kind of thing speaks against a region."""

    TRIED = auto()
    """It had its chance with this task."""
    DRAINED = auto()
    """People want nothing new to go there."""
    UNHEALTHY = auto()
    """It looks bad: to Consul, to this gateway's probes, or by what became of its last tasks."""
    FULL = auto()
    """It is well, and has no slot free now."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A region passed over, and why, in words and by kind."""

    region: str
    why: str
    kind: Against


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen region's endpoint (None when there is none), why, and the regions passed over before it.

    `capped` when a region would have taken the task, and the cap over all regions holds it back.
    """

    endpoint: RegionEndpoint | None
    why: str
    passed: tuple[Passed, ...]
    capped: bool = False

    @property
    def is_worth_waiting(self) -> bool:
        """Whether a freed slot would make the difference."""
        return self.capped or any(one.kind is Against.FULL for one in self.passed)


def choose(ranked: Sequence[Ranked], scene: Scene, tried: Collection[str] = ()) -> Choice:
    """The first region in rank order that nothing speaks against. A waterfall: the nearest is filled first, then the next."""
    passed: list[Passed] = []
    for candidate in ranked:
        region = scene.regions[candidate.region]
        against = objection(region, scene, tried)
        if against is None:
            return _within_cap(Choice(endpoint(region), candidate.why, tuple(passed)), scene)
        passed.append(against)
    choice = Choice(None, "no region takes it", tuple(passed))
    if scene.policy.fail_open and not choice.is_worth_waiting:
        return _fail_open(choice, ranked, scene)
    return choice


def next_chance(standing: Standing, now: float) -> float | None:
    """When the next region's rest ends, if any rests: until then nothing but a freed slot or news changes the choice."""
    load, breakers = standing.load, standing.breakers
    rests = chain(load.full_until.values(), load.left_until.values(), (breaker.until for breaker in breakers.values()))
    return min((until for until in rests if until > now), default=None)


def objection(region: Region, scene: Scene, tried: Collection[str] = ()) -> Passed | None:
    """What speaks against giving this region a new task now."""
    if region.name in tried:
        return Passed(region.name, "already tried for this task", Against.TRIED)
    if scene.policy.is_drained(region.name):
        return Passed(region.name, f"drained: its dial is {scene.policy.dials[region.name]}", Against.DRAINED)
    return looks_bad(region, scene) or _is_full(region, slots_of(region), scene)


def endpoint(region: Region) -> RegionEndpoint | None:
    """The region's first endpoint that passes; None when none does."""
    return next((one for one in region.endpoints if one.health is Health.PASSING), None)


def slots_of(region: Region) -> int:
    """The slots of its workers that take tasks."""
    return sum(worker.slots for worker in region.workers if worker.health in TAKES_TASKS)


def looks_bad(region: Region, scene: Scene) -> Passed | None:
    """What of the region's health speaks against it, dial and load aside."""

    def bad(why: str) -> Passed:
        return Passed(region.name, why, Against.UNHEALTHY)

    if endpoint(region) is None:
        return bad("its endpoint is not passing" if region.endpoints else "it has no endpoint")
    if scene.standing.round_trips.is_cut_off(region.name):
        return bad(f"it does not answer this gateway's probes{_because(scene.standing.round_trips.why.get(region.name))}")
    if slots_of(region) == 0:
        return bad("it has no healthy worker")
    if not scene.standing.breakers[region.name].allows(scene.now):
        return bad(f"its last tasks failed, and it rests{_because(scene.standing.breakers[region.name].why)}")
    return None


def _because(why: str | None) -> str:
    return f": {why}" if why else ""


def _is_full(region: Region, slots: int, scene: Scene) -> Passed | None:
    load, now = scene.standing.load, scene.now
    if load.in_flight[region.name] >= scene.policy.limit(region.name, slots):
        return Passed(region.name, _taken(region.name, slots, scene.policy), Against.FULL)
    if load.is_full(region.name, now):
        return Passed(region.name, "it refused a task a moment ago", Against.FULL)
    if load.is_left(region.name, now):
        return Passed(region.name, "a slot that was just freed is left to other gateways for a moment", Against.FULL)
    return None


def _taken(region: str, slots: int, policy: Policy) -> str:
    limit = policy.limit(region, slots)
    if limit == slots:
        return f"all its {slots} slots are taken"
    return f"the {limit} of its {slots} slots that its dial leaves are taken (dial {policy.dials[region]})"


def _within_cap(choice: Choice, scene: Scene) -> Choice:
    most = scene.policy.total_slots
    if most is None or scene.standing.load.in_flight.total() < most:
        return choice
    return Choice(None, f"all {most} slots of the account are taken", choice.passed, capped=True)


def _fail_open(choice: Choice, ranked: Sequence[Ranked], scene: Scene) -> Choice:
    """The nearest of the regions that only look bad, with the slots of all their workers, whatever their health."""
    load, policy = scene.standing.load, scene.policy
    passed = {one.region: one for one in choice.passed}
    for candidate in ranked:
        region, looks = scene.regions[candidate.region], passed[candidate.region]
        slots = sum(worker.slots for worker in region.workers)
        # One that refused a moment ago did have its chance: it is as bad as it looks.
        if looks.kind is not Against.UNHEALTHY or not region.endpoints or not slots or load.is_full(region.name, scene.now):
            continue
        if load.in_flight[region.name] >= policy.limit(region.name, slots):
            passed[region.name] = Passed(region.name, f"{looks.why}, and {_taken(region.name, slots, policy)}", Against.FULL)
            continue
        del passed[region.name]
        why = f"fail open: no region looks well; of this one, {looks.why}; {candidate.why}"
        return _within_cap(Choice(endpoint(region) or region.endpoints[0], why, tuple(passed.values())), scene)
    return replace(choice, passed=tuple(passed.values()))
