"""How things stand at a gateway, as Prometheus' gauges: what `/regions` says, in numbers.

Pure. Nothing is there once for each worker: a region's workers are counted by their health.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from discovery.dials import DIALS
from discovery.instance import Health
from discovery.query import Service
from discovery.view import Known, Region, View
from gateway.choose import Against, Scene, looks_bad, objection, slots_of

MOST_DATACENTERS = 100
"""Datacenters whose age is told."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known now. `waiting` is how many wait by tenant, `longest` the seconds of the one that waits longest."""

    view: View
    scene: Scene
    waiting: Mapping[str, int]
    longest: float


class Gauges(Collector):
    """All of them, worked out when they are asked for. `label` is what a region's name is as a label."""

    def __init__(self, moment: Callable[[], Moment], label: Callable[[str], str]) -> None:
        self._moment, self._label = moment, label

    def describe(self) -> list[GaugeMetricFamily]:
        """None, so that registering does not collect, before there is a view."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """As they are now."""
        return gauges(self._moment(), self._label)


def gauges(moment: Moment, label: Callable[[str], str]) -> Iterator[GaugeMetricFamily]:
    """All of them; `label` is what a region's name is as a label. Those of several regions with one label add up."""
    yield from _of_regions(moment, label)
    yield _workers(moment, label)
    yield _ages(moment)
    yield _plain("nearway_queue_length", "Tasks that wait for a slot.", sum(moment.waiting.values()))
    yield _plain("nearway_queue_longest_wait_seconds", "How long the task has waited that waits longest.", moment.longest)
    yield _labelled(
        "nearway_tenant_queue_length",
        "Tasks of each configured tenant that wait for a slot.",
        ("tenant",),
        (((tenant,), count) for tenant, count in moment.waiting.items() if tenant),
    )
    view = moment.view
    rejected = len(view.workers()[1]) + len(view.endpoints()[1]) + len(view.dials()[1])
    yield _plain("nearway_rejected_registrations", "Registrations and dials in Consul that are not valid.", rejected)


def _of_regions(moment: Moment, label: Callable[[str], str]) -> Iterator[GaugeMetricFamily]:
    scene, standing, policy = moment.scene, moment.scene.standing, moment.scene.policy
    regions = list(scene.regions.items())

    def each(name: str, text: str, value: Callable[[str, Region], float | None]) -> GaugeMetricFamily:
        found = (((label(region),), value(region, known)) for region, known in regions)
        return _labelled(name, text, ("region",), found)

    def dial(name: str, _: Region) -> float:
        return policy.dials[name].share if name in policy.dials else 1.0

    def full(_: str, region: Region) -> float:
        against = objection(region, scene)
        return against is not None and against.kind is Against.FULL

    yield each("nearway_slots", "Slots of a region's healthy workers.", lambda _, region: slots_of(region))
    yield each("nearway_in_flight", "This gateway's tasks at a region.", lambda name, _: standing.load.in_flight[name])
    yield each("nearway_dial", "The share of a region's slots that people leave to gateways.", dial)
    yield each(
        "nearway_region_up",
        "1 while a region's endpoint passes and answers, it has healthy workers, and its breaker lets tasks through.",
        lambda _, region: looks_bad(region, scene) is None,
    )
    yield each("nearway_region_full", "1 while a region is well and has no slot free for this gateway.", full)
    yield each(
        "nearway_region_cut_off",
        "1 while a region answers none of this gateway's probes.",
        lambda name, _: standing.round_trips.is_cut_off(name),
    )
    yield each(
        "nearway_breaker_open",
        "1 while a region's last tasks failed, and only now and then one goes there to test it.",
        lambda name, _: name in standing.breakers and standing.breakers[name].is_open,
    )
    yield each(
        "nearway_round_trip_seconds",
        "Average round trip to a region endpoint.",
        lambda name, _: standing.round_trips.seconds.get(name),
    )


def _workers(moment: Moment, label: Callable[[str], str]) -> GaugeMetricFamily:
    counts: Counter[tuple[str, ...]] = Counter()
    for name, region in moment.scene.regions.items():
        counts.update({(label(name), health.value): 0 for health in Health})
        counts.update((label(name), worker.health.value) for worker in region.workers)
    return _labelled("nearway_workers", "Workers of a region in Consul, by health.", ("region", "health"), counts.items())


def _ages(moment: Moment) -> GaugeMetricFamily:
    told = moment.view.datacenters[:MOST_DATACENTERS]
    queries = [query for query in moment.view.answers if query.datacenter in told]
    named = [(str(one.datacenter), one.name, moment.view.to(one)) for one in queries if isinstance(one, Service)]
    heard = [*named, *((name, "dials", moment.view.to(DIALS.at(name))) for name in told)]
    return _labelled(
        "nearway_view_age_seconds",
        "Time since Consul last answered about a service, or about dials.",
        ("datacenter", "service"),
        (((name, what), moment.scene.now - answer.heard) for name, what, answer in heard if isinstance(answer, Known)),
    )


def _plain(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _labelled(
    name: str, text: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float | None]]
) -> GaugeMetricFamily:
    family, sums = GaugeMetricFamily(name, text, labels=labels), defaultdict[tuple[str, ...], float](float)
    for label, value in values:
        if value is not None:
            sums[label] += value
    for label, total in sums.items():
        family.add_metric(label, total)
    return family
