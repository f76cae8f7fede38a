"""The picture: all that the dashboard shows, as one JSON object. docs/dashboard.md says what each member means.

Pure. It is objects within objects, by names, without a null: what is not known is left out. So that little changes from one to
the next, moments stand in it and no ages, and figures that only quiver are rounded.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contract.one_line import one_line
from discovery.dials import Dial
from discovery.query import Service
from discovery.records import Worker
from discovery.view import Known, Region, View
from gateway.choose import Against, Passed, Scene, objection, slots_of
from gateway.dashboard.happened import Happening
from gateway.dashboard.projection import on_map
from gateway.dashboard.seen import Origin, Seen
from gateway.dashboard.spots import Spot, labelled, radii
from gateway.dashboard.summary import summary
from gateway.report import STATES

VERSION = 1
"""Of the shape. Members may be added to it."""

MOST_FLOWS, MOST_LEFT_OUT = 60, 50


@dataclass(frozen=True, slots=True)
class Facts:
    """What it is made from. `since` is when the gateway began, by its clock; `offset` makes seconds since 1970 of that."""

    name: str
    version: str
    since: float
    offset: float
    view: View
    scene: Scene
    seen: Seen
    waiting: Counter[str]
    may_wait: int
    happened: Iterable[Happening]
    money: Mapping[str, Any]
    ledger_away: str | None


def picture(facts: Facts) -> dict[str, Any]:
    """All of it."""
    scene, waiting = facts.scene, facts.waiting.total()
    against = {name: objection(region, scene) for name, region in scene.regions.items()}
    refused, places = facts.seen.refused.counts(scene.now), _on_the_map(scene.regions, against)
    said = summary(facts.view, against, waiting, facts.ledger_away)
    return {
        "version": VERSION,
        "at": round(facts.offset + scene.now, 1),
        "gateway": {"name": facts.name, "version": facts.version, "since": round(facts.offset + facts.since)},
        "summary": {"mood": said.mood, "text": said.text},
        "regions": {
            name: _region(region, against[name], places.get(name, {}), refused[name], facts)
            for name, region in scene.regions.items()
        },
        "queue": {"waiting": waiting, "limit": facts.may_wait, "tenants": dict(facts.waiting)},
        "flows": _flows(facts),
        "minute": dict(facts.seen.outcomes.counts(scene.now)),
        "ended": facts.seen.ended.count,
        "money": dict(facts.money),
        "happened": {str(one.number): _happened(one) for one in facts.happened},
        "left_out": _left_out(facts.view),
        "datacenters": {name: _datacenter(name, facts) for name in facts.view.datacenters},
    }


def _region(region: Region, against: Passed | None, place: Mapping[str, Any], refused: int, facts: Facts) -> dict[str, Any]:
    standing, policy, seen = facts.scene.standing, facts.scene.policy, facts.seen
    slots, name = slots_of(region), region.name
    trip, took = standing.round_trips.seconds.get(name), seen.time_of(name)
    return _without_none(
        title=region.endpoints[0].title if region.endpoints else "",
        **place,
        state=STATES[against.kind if against else None],
        why=against.why if against else None,
        slots=slots,
        limit=policy.limit(name, slots),
        in_flight=standing.load.in_flight[name],
        dial=_dial(policy.dials.get(name)),
        refused=refused,
        round_trip=None if trip is None else _rough(trip * 1000),
        took=None if took is None else _rough(took),
        heard=None if region.heard is None else round(facts.offset + region.heard),
        trouble=region.trouble,
        health=dict(Counter(worker.health.value for worker in region.workers)),
        workers={worker.id: _worker(worker, seen.at_worker[worker.id]) for worker in region.workers},
    )


def _on_the_map(regions: Mapping[str, Region], against: Mapping[str, Passed | None]) -> dict[str, dict[str, Any]]:
    def is_bad(name: str) -> bool:
        found = against[name]
        return found is not None and found.kind is Against.UNHEALTHY

    places = {name: on_map(*region.endpoints[0].location) for name, region in regions.items() if region.endpoints}
    spots = {name: Spot(x, y, sum(one.slots for one in regions[name].workers), is_bad(name)) for name, (x, y) in places.items()}
    radius = radii(spots)
    names = labelled(spots, radius)
    return {name: {"x": one.x, "y": one.y, "radius": radius[name], "label": name in names} for name, one in spots.items()}


def _worker(worker: Worker, in_flight: int) -> dict[str, Any]:
    backup = {"backup": True} if worker.backup else {}
    told = {"address": worker.address, "health": worker.health.value, "slots": worker.slots, "in_flight": in_flight}
    return {**told, "node": worker.node, "version": worker.version, **backup}


def _dial(dial: Dial | None) -> dict[str, Any] | None:
    if dial is None:
        return None
    return {"share": dial.share, "at": round(dial.at.timestamp()), "by": dial.by, "why": dial.why}


def _flows(facts: Facts) -> dict[str, Any]:
    now, regions = facts.scene.now, facts.scene.regions
    flows, moves = facts.seen.flows.counts(now), facts.seen.moves.counts(now)
    # A client may say that it is near whatever it likes.
    known = Counter(
        {(at, to): n for (at, to), n in flows.items() if to in regions and (at in regions or not isinstance(at, str))}
    )
    return {
        "sent": {f"{_origin(origin)}>{region}": count for (origin, region), count in _largest(known)},
        "moved": {f"{region}>{to}": count for (region, to), count in _largest(moves)},
    }


def _largest(counts: Counter[Any]) -> list[tuple[Any, int]]:
    return counts.most_common(MOST_FLOWS)


def _origin(origin: Origin) -> str:
    if isinstance(origin, str):
        return origin
    x, y = on_map(*origin)
    return f"{x:g},{y:g}"


def _happened(one: Happening) -> dict[str, Any]:
    return {"at": round(one.at), "region": one.region, "kind": one.kind, "what": one.what}


def _left_out(view: View) -> dict[str, str]:
    rejected = (*view.workers()[1], *view.endpoints()[1], *view.dials()[1])
    return {one_line(one.id): one_line(one.reason) for one in rejected[:MOST_LEFT_OUT]}


def _datacenter(name: str, facts: Facts) -> dict[str, Any]:
    answers = [facts.view.to(query) for query in facts.view.answers if isinstance(query, Service) and query.datacenter == name]
    heard = min((answer.heard for answer in answers if isinstance(answer, Known)), default=None)
    return _without_none(
        heard=None if heard is None else round(facts.offset + heard),
        trouble=next((answer.trouble for answer in answers if answer.trouble), None),
    )


def _rough(number: float) -> float:
    """Two digits that count: more would change all the time and tell nothing."""
    return float(f"{number:.2g}")


def _without_none(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
