"""The view: an immutable picture of all that Consul was asked, with the time of each answer; regions and workers above all.

`Unknown` is "no answer yet"; `Known` with nothing in it is "none there". Nothing turns the first into the second.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from discovery.coordinates import round_trips_from
from discovery.dials import DIALS, Dial, newest
from discovery.instance import Instance
from discovery.query import Coordinates, OwnDatacenter, Query, Service
from discovery.records import (
    REGION_ENDPOINTS,
    WORKERS,
    RegionEndpoint,
    Rejected,
    Worker,
    as_region_endpoint,
    as_worker,
    sift,
)

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Unknown:
    """Consul has not answered for this yet; `trouble` says why, when it was asked in vain."""

    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Known(Generic[Said]):
    """Consul's last good answer: what it `said`.

    `heard` is when it came or was last confirmed (seconds of the watcher's clock); `trouble` is why it could not be
    confirmed since, None while all is well. `recovered` is when trouble last ended (the same clock), None if there was none.
    """

    said: Said
    heard: float
    trouble: str | None = None
    recovered: float | None = field(default=None, compare=False)


Answer = Unknown | Known[Any]


@dataclass(frozen=True, slots=True)
class Region:
    """One region, over all that is known. `heard` is the older of its two answers' times; None while one is Unknown."""

    name: str
    endpoints: tuple[RegionEndpoint, ...]
    workers: tuple[Worker, ...]
    heard: float | None
    trouble: str | None


@dataclass(frozen=True)
class View:
    """The last good answer to each question that was asked.

    What follows from the answers is worked out once: a view is asked about with every task, and changes far less often.
    """

    answers: Mapping[Query[Any], Answer] = field(default_factory=dict)

    def answered(self, query: Query[Said], said: Said, now: float) -> "View":
        """The view after an answer."""
        before = self.to(query)
        ended = before.recovered if isinstance(before, Known) else None
        return self._with(query, Known(said, now, recovered=now if before.trouble else ended))

    def failed(self, query: Query[Any], reason: str) -> "View":
        """The view after a failure: what was known stays, marked."""
        return self._with(query, replace(self.to(query), trouble=reason))

    def only(self, queries: Collection[Query[Any]]) -> "View":
        """The view without what else was asked."""
        return View({query: answer for query, answer in self.answers.items() if query in queries})

    def to(self, query: Query[Said]) -> Unknown | Known[Said]:
        """The answer to a question."""
        return self.answers.get(query, Unknown())

    def of(self, datacenter: str, service: str) -> Unknown | Known[tuple[Instance, ...]]:
        """What is known of a service in a datacenter."""
        return self.to(Service(datacenter, service))

    @property
    def datacenters(self) -> tuple[str, ...]:
        """Every datacenter that was ever asked, in stable order."""
        return tuple(sorted({query.datacenter for query in self.answers if query.datacenter is not None}))

    def workers(self) -> tuple[tuple[Worker, ...], tuple[Rejected, ...]]:
        """All valid workers, and the registrations that are none."""
        return self._workers

    def endpoints(self) -> tuple[tuple[RegionEndpoint, ...], tuple[Rejected, ...]]:
        """All valid region endpoints, and the registrations that are none."""
        return self._endpoints

    def dials(self) -> tuple[Mapping[str, Dial], tuple[Rejected, ...]]:
        """The dial of each region that has one, and what is kept as a dial and is none."""
        return self._dials

    def round_trips(self) -> Mapping[str, float]:
        """Seconds to each datacenter from the agent's own, by Consul's coordinates, where they tell."""
        return self._round_trips

    def regions(self) -> Mapping[str, Region]:
        """Every region that has an endpoint or a worker, by name, in stable order."""
        return self._regions

    @cached_property
    def _workers(self) -> tuple[tuple[Worker, ...], tuple[Rejected, ...]]:
        workers, rejected = sift(self._instances(WORKERS), as_worker)
        return tuple(workers), tuple(rejected)

    @cached_property
    def _endpoints(self) -> tuple[tuple[RegionEndpoint, ...], tuple[Rejected, ...]]:
        endpoints, rejected = sift(self._instances(REGION_ENDPOINTS), as_region_endpoint)
        return tuple(endpoints), tuple(rejected)

    @cached_property
    def _dials(self) -> tuple[Mapping[str, Dial], tuple[Rejected, ...]]:
        answers = (self.to(DIALS.at(datacenter)) for datacenter in self.datacenters)
        return newest(pair for answer in answers if isinstance(answer, Known) for pair in answer.said)

    @cached_property
    def _round_trips(self) -> Mapping[str, float]:
        own, servers = self.to(OwnDatacenter()), self.to(Coordinates())
        return round_trips_from(own.said, servers.said) if isinstance(own, Known) and isinstance(servers, Known) else {}

    @cached_property
    def _regions(self) -> Mapping[str, Region]:
        workers: defaultdict[str, list[Worker]] = defaultdict(list)
        endpoints: defaultdict[str, list[RegionEndpoint]] = defaultdict(list)
        for worker in self._workers[0]:
            workers[worker.region].append(worker)
        for endpoint in self._endpoints[0]:
            endpoints[endpoint.region].append(endpoint)
        return {name: self._region(name, endpoints[name], workers[name]) for name in sorted({*workers, *endpoints})}

    def _region(self, name: str, endpoints: list[RegionEndpoint], workers: list[Worker]) -> Region:
        datacenters = {one.datacenter for one in endpoints} | {one.datacenter for one in workers}
        answers = [self.of(datacenter, service) for datacenter in datacenters for service in (WORKERS, REGION_ENDPOINTS)]
        heard = [answer.heard for answer in answers if isinstance(answer, Known)]
        trouble = next((answer.trouble for answer in answers if answer.trouble), None)
        return Region(name, tuple(endpoints), tuple(workers), min(heard) if len(heard) == len(answers) else None, trouble)

    def _instances(self, service: str) -> list[Instance]:
        answers = (self.of(datacenter, service) for datacenter in self.datacenters)
        return [instance for answer in answers if isinstance(answer, Known) for instance in answer.said]

    def _with(self, query: Query[Any], answer: Answer) -> "View":
        return View({**self.answers, query: answer})
