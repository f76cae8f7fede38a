"""`/regions`: the view as this gateway sees it, as JSON.

Pure.
"""

from collections.abc import Mapping

from contract import __version__
from discovery.dials import DIALS, Dial
from discovery.query import Service
from discovery.records import Rejected, Worker
from discovery.view import Answer, Known, Region, View
from gateway.choose import Against, Scene, objection, slots_of
from gateway.dashboard.seen import Seen

STATES = {None: "well", Against.FULL: "full", Against.UNHEALTHY: "unhealthy", Against.DRAINED: "drained"}
"""A region's state in one word, by the kind of what speaks against it."""


def regions_report(view: View, scene: Scene, waiting: int, money: Mapping[str, object], seen: Seen) -> dict[str, object]:
    """Every region with its endpoints, workers, load and age, how many tasks wait, what was spent, and what was left out."""
    rejected = (*view.workers()[1], *view.endpoints()[1], *view.dials()[1])
    refused = seen.refused.counts(scene.now)
    return {
        "version": __version__,
        "regions": [_region(region, scene, seen, refused[region.name]) for region in scene.regions.values()],
        "waiting": waiting,
        "money": dict(money),
        "rejected": [_rejected(one) for one in rejected],
        "datacenters": [_datacenter(name, view, scene.now) for name in view.datacenters],
    }


def _region(region: Region, scene: Scene, seen: Seen, refused: int) -> dict[str, object]:
    against, standing, policy = objection(region, scene), scene.standing, scene.policy
    trip, took = standing.round_trips.seconds.get(region.name), seen.time_of(region.name)
    return {
        "name": region.name,
        "title": region.endpoints[0].title if region.endpoints else "",
        "location": region.endpoints[0].location if region.endpoints else None,
        "takes_tasks": against is None,
        "why_not": against.why if against else None,
        "state": STATES[against.kind if against else None],
        "slots": slots_of(region),
        "limit": policy.limit(region.name, slots_of(region)),
        "dial": _dial(policy.dials.get(region.name)),
        "in_flight": standing.load.in_flight[region.name],
        "refused": refused,
        "task_seconds": None if took is None else round(took, 3),
        "round_trip_ms": None if trip is None else round(trip * 1000, 2),
        "heard_seconds_ago": None if region.heard is None else round(scene.now - region.heard, 1),
        "trouble": region.trouble,
        "endpoints": [
            {"id": one.id, "url": one.url, "health": one.health.value, "datacenter": one.datacenter} for one in region.endpoints
        ],
        "workers": [_worker(one, seen.at_worker[one.id]) for one in region.workers],
    }


def _dial(dial: Dial | None) -> dict[str, object] | None:
    return None if dial is None else {"share": dial.share, "at": dial.at.isoformat(), "by": dial.by, "why": dial.why}


def _worker(worker: Worker, in_flight: int) -> dict[str, object]:
    return {
        "id": worker.id,
        "address": worker.address,
        "slots": worker.slots,
        "in_flight": in_flight,
        "weight": worker.weight,
        "health": worker.health.value,
        "backup": worker.backup,
        "resumable": worker.resumable,
        "tls": worker.tls,
        "version": worker.version,
        "datacenter": worker.datacenter,
        "node": worker.node,
    }


def _rejected(rejected: Rejected) -> dict[str, object]:
    return {"id": rejected.id, "reason": rejected.reason}


def _datacenter(name: str, view: View, now: float) -> dict[str, object]:
    services = [query for query in view.answers if isinstance(query, Service) and query.datacenter == name]
    return {
        "name": name,
        "services": {service.name: _heard(view.to(service), now) for service in services},
        "dials": _heard(view.to(DIALS.at(name)), now),
    }


def _heard(answer: Answer, now: float) -> dict[str, object]:
    return {
        "heard_seconds_ago": round(now - answer.heard, 1) if isinstance(answer, Known) else None,
        "trouble": answer.trouble,
    }
