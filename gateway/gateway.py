"""The gateway's parts, put together: made before the event loop, opened and closed inside it."""

import asyncio
import json
import logging
import math
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial

from contract.serving import Leaving
from discovery import background
from discovery.access import Access
from discovery.dials import DIALS
from discovery.query import Coordinates, OwnDatacenter, Service
from discovery.records import GATEWAYS, REGION_ENDPOINTS, WORKERS
from discovery.view import Known, Region, Unknown, View
from discovery.watcher import Watcher
from gateway import answers
from gateway.admission import Admission, Turn
from gateway.carry import Carrier
from gateway.clients import Client, Clients
from gateway.config import GatewayConfig
from gateway.errand import Errand, nothing
from gateway.evidence import Answer
from gateway.exchange import Exchange
from gateway.geoip import GeoIP
from gateway.held import Held
from gateway.keyed import Keyed
from gateway.ledger.ledger import Ledger
from gateway.locations import Location, Locations
from gateway.metrics import Metrics
from gateway.moving import fell_silent
from gateway.nearness import by_round_trip, reorder, trips_to
from gateway.passing import Passer
from gateway.place import Address, Place, client_address, locate, preferred
from gateway.policy import Policy
from gateway.probe import Prober
from gateway.queue import Queue
from gateway.rank import Ranked, rank
from gateway.settings import GatewaySettings
from gateway.sharing import gateways
from gateway.standing import Standing
from gateway.task import Key, Task
from gateway.tenants import ANYBODY, EVERYBODY, Tenants
from gateway.timing import Timing

log = logging.getLogger(__name__)


class Gateway:
    """What the handlers share."""

    def __init__(self, settings: GatewaySettings, config: GatewayConfig, access: Access) -> None:
        self._settings, self._config, self._access = settings, config, access
        self.tenants = Tenants(config.tenant, ANYBODY if config.open else EVERYBODY)
        self.routes = config.route
        self.hidden = ("authorization",) if config.tenant else ()
        self.queue: Queue[Turn] = Queue(settings.queue_limit)
        self.leaving, self.standing, self.metrics = Leaving(), Standing(), Metrics()
        self._policy = Policy(total_slots=settings.total_slots, fail_open=config.fail_open)
        self._geoip = GeoIP(config.geoip) if config.geoip else None
        self.clock = time.monotonic
        self.ledger = Ledger(settings, self.metrics.registry, clock=self.clock)
        self._region_tls = settings.region_tls()
        self.locations = Locations(
            settings.tasks_key.get_secret_value().encode() if settings.tasks_key else secrets.token_bytes(32)
        )
        self._clients = Clients()
        self._under_way: set[asyncio.Task[Answer]] = set()
        self._carried: dict[str, asyncio.Task[Answer]] = {}

    async def open(self) -> None:
        """Begin to watch and to measure; from now on tasks can be carried."""
        self._opened = self.clock()
        self._watcher = Watcher(self._access, clock=self.clock)
        services = [Service(name=name) for name in (WORKERS, REGION_ENDPOINTS, GATEWAYS)]
        self._watcher.watch_everywhere([*services, DIALS])
        self._watcher.watch([OwnDatacenter(), Coordinates()])
        self._exchange = Exchange(self._region_tls, https_only=self._settings.region_https_only)
        self._held = Held(self.standing.round_trips.is_cut_off)
        self._admission = Admission(
            lambda: self.view,
            self._rank,
            self.standing,
            self.queue,
            policy=lambda: self.policy,
            clock=self.clock,
            gateways=lambda: gateways(self.view),
        )
        self.ledger.open()
        self._carrier = Carrier(
            lambda: self.view,
            self._rank,
            self._admission,
            self._exchange,
            self._held,
            self.locations,
            self.metrics,
            self.ledger,
            clock=self.clock,
        )
        self._keyed = Keyed(self.ledger, self._carrier, self.locations)
        prober = Prober(
            lambda: self.view,
            self._exchange,
            self.standing.round_trips,
            cut_off=self._held.leave,
            recovered=self._admission.wake,
            clock=self.clock,
        )
        self.passer = Passer(
            lambda: self.view, self.rank, self._exchange, self.standing, lambda: self.policy, self.metrics, clock=self.clock
        )
        self._waking = background.begin(self._wake(), "waking the queue")
        self._probing = background.begin(prober.run(), "measuring round trips")
        if self._geoip:
            self._reopening = background.begin(self._geoip.keep_fresh(), "keeping GeoIP fresh")

    async def close(self) -> None:
        """End. To be called when nothing is in flight: carrying needs all of it."""
        self._probing.cancel()
        self._waking.cancel()
        if self._geoip:
            self._reopening.cancel()
            self._geoip.close()
        await self._watcher.close()
        await self._exchange.close()
        await self.ledger.close()

    @property
    def view(self) -> View:
        """What is known now."""
        return self._watcher.view

    @property
    def policy(self) -> Policy:
        """What people have set, the dials as they are now."""
        return replace(self._policy, dials=self.view.dials()[0])

    def is_ready(self) -> bool:
        """Whether tasks can be carried, as far as is known, or the patience with Consul is over."""
        patience = self._settings.ready_patience
        return self.has_view() or (patience is not None and self.clock() - self._opened >= patience)

    def has_view(self) -> bool:
        """Whether some datacenter has told of its workers and region endpoints, and was asked for its dials.

        An answer of dials is not waited for: a token that may not read keys is no reason to carry nothing.
        """
        return any(
            all(isinstance(self.view.of(datacenter, service), Known) for service in (WORKERS, REGION_ENDPOINTS))
            and self.view.to(DIALS.at(datacenter)) != Unknown()
            for datacenter in self.view.datacenters
        )

    def client(self, peer: str, forwarded_for: list[str]) -> Address:
        """The client's address, behind the proxies that are trusted."""
        return client_address(peer, forwarded_for, self._config.trusted_proxies)

    def places(self, address: Address, preference: str | None) -> tuple[Place, ...]:
        """Where a client at an address is, the first that applies: its own word, the table of networks, GeoIP."""
        found = (
            preferred(preference),
            locate(address, self._config.place),
            self._geoip.place(address) if self._geoip else None,
        )
        return tuple(place for place in found if place)

    def rank(self, places: tuple[Place, ...], regions: Mapping[str, Region]) -> list[Ranked]:
        """The regions, nearest first, with the reason of each one's place."""
        ranked = rank(regions, places)
        if ranked is None:
            trips = trips_to(regions, self.standing.round_trips.seconds, self.view.round_trips())
            self.standing.order = reorder(self.standing.order, regions, trips)
            ranked = by_round_trip(self.standing.order, trips)
        return ranked

    async def carry(self, task: Task) -> Answer:
        """Carry a task. When the client leaves (the caller is cancelled), what may be paid for is carried on to its end."""
        if task.key is not None:
            return await self._carry_once(task, task.key)
        errand = Errand(task, Timing(self.clock))
        work = self._begin(self._carrier.carry(errand))
        client = Client(errand, work, self.clock)
        errand.on_accepted = partial(self._accepted, errand, work, client)
        work.add_done_callback(partial(_let_go, errand))
        try:
            return await self._clients.told(client)
        except asyncio.CancelledError:
            self._left(task, work)
            raise

    async def _carry_once(self, task: Task, key: Key) -> Answer:
        """The same for a task with a key: it is carried once for all who send it, while any of them is there."""
        carried = self._keyed.carried(task, key)
        if carried is None:
            errand = Errand(task, Timing(self.clock))
            carried = self._keyed.begin(errand, key, self._begin)
        else:
            errand = carried.errand
            errand.task.client_left = False
        client = Client(errand, carried.work, self.clock, task)
        errand.on_accepted = partial(self._accepted_for, errand.on_accepted, errand, carried.work, client)
        carried.clients += 1
        is_over = carried.work.done()
        try:
            answer = await self._clients.told(client)
            return answers.again(answer) if is_over else answer
        except asyncio.CancelledError:
            if carried.clients == 1:
                self._left(errand.task, carried.work)
            raise
        finally:
            carried.clients -= 1

    def _left(self, task: Task, work: asyncio.Task[Answer]) -> None:
        task.client_left = True
        if task.waits_for_slot:
            work.cancel()
        log.info("task %s: its client left", task.id)

    async def ask(self, task: Task, location: Location) -> Answer:
        """The answer to a task that some gateway had accepted, or its location again when there is none by `task.deadline`."""
        accepted = Answer(202, {}, json.dumps({"captcha_id": location.captcha_id}).encode())
        ours = self.locations.make(location, task.tenant)
        errand = Errand(task, Timing(self.clock), accepted=accepted, location=ours)
        carried = self._carried.get(location.workers)
        task.hold_until = task.deadline if carried else math.inf
        work = carried or self._begin(self._carrier.ask(errand, location))
        try:
            return await self._clients.told(Client(errand, work, self.clock))
        finally:
            if work is not carried:
                work.cancel()

    def stop_taking(self) -> None:
        """Leave: who waits for a slot is sent elsewhere, and who takes a location for an answer gets one."""
        self._admission.close()
        self._clients.leave()

    def cut_off(self) -> None:
        """End: every client still there is told what is known."""
        self._clients.cut_off()

    def _accepted(self, errand: Errand, work: asyncio.Task[Answer], client: Client) -> None:
        client.accepted()
        if errand.task.hold_until is not None and errand.accepted is not None:
            location = errand.accepted.headers["location"]
            self._carried[location] = work  # who asks here waits with us, and not beside us at a worker
            work.add_done_callback(lambda _: self._carried.pop(location, None))

    def _accepted_for(self, others: Callable[[], None], errand: Errand, work: asyncio.Task[Answer], client: Client) -> None:
        others()
        self._accepted(errand, work, client)

    def _begin(self, work: Coroutine[None, None, Answer]) -> asyncio.Task[Answer]:
        begun = asyncio.create_task(work)
        self._under_way.add(begun)
        begun.add_done_callback(self._under_way.discard)
        return begun

    async def _wake(self) -> None:
        """News from Consul may mean free slots, or that a worker holds waits and is silent."""
        seen = self.view
        while True:
            before, seen = seen, await self._watcher.after(seen)
            for region in fell_silent(before.regions(), seen.regions()):
                self._held.ask_again(region)
            self._admission.wake()

    def _rank(self, task: Task, regions: Mapping[str, Region]) -> list[Ranked]:
        return self.rank(task.places, regions)


def _let_go(errand: Errand, _: asyncio.Task[Answer]) -> None:
    # Else each task would be a cycle with all that belongs to it, down to the client's request: the garbage collector's
    # work, which stops everything for some hundredths of a second.
    errand.on_accepted = nothing
