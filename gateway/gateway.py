"""The gateway's parts, put together: made before the event loop, opened and closed inside it."""

import asyncio
import logging
import secrets
import time
from dataclasses import replace

from attempt.exchange import Exchange
from contract.export import Exporter
from contract.serving import Leaving
from contract.token import NONE
from discovery import background
from discovery.access import Access
from discovery.dials import DIALS
from discovery.query import Coordinates, OwnDatacenter, Service
from discovery.records import GATEWAYS, REGION_ENDPOINTS, WORKERS
from discovery.view import Known, Unknown, View
from discovery.watcher import Watcher
from gateway.admission import Admission, Turn
from gateway.allowance import Allowances
from gateway.callbacks.courier import Courier
from gateway.callbacks.delivery import Delivery
from gateway.callbacks.policy import CallbackPolicy
from gateway.carry import Carrier
from gateway.carrying import Carrying
from gateway.changes import changes
from gateway.choose import Scene
from gateway.config import GatewayConfig
from gateway.continuing import Continuing
from gateway.dashboard.seen import Seen
from gateway.gauges import Moment
from gateway.held import Held
from gateway.ledger.ledger import Ledger
from gateway.locations import Locations
from gateway.metrics import Metrics
from gateway.moving import fell_silent
from gateway.passing import Passer
from gateway.policy import Policy
from gateway.probe import Prober
from gateway.queue import Queue
from gateway.ranking import Ranking
from gateway.reload import Reload
from gateway.settings import GatewaySettings
from gateway.sharing import gateways
from gateway.spending import Spending
from gateway.standing import Standing
from gateway.telling import Teller
from gateway.tenants import ANYBODY, EVERYBODY, Tenants

log = logging.getLogger(__name__)


class Gateway:
    """What the handlers share."""

    def __init__(
        self, settings: GatewaySettings, config: GatewayConfig, access: Access, exporter: Exporter | None = None
    ) -> None:
        self._settings, self._access, self.exporter = settings, access, exporter
        self.tenants, self.routes = Tenants(), config.route
        self.queue: Queue[Turn] = Queue(settings.queue_limit)
        self.leaving, self.standing, self.metrics = Leaving(), Standing(), Metrics()
        self._policy = Policy(total_slots=settings.total_slots)
        self.ranking = Ranking(config, lambda: self.view, self.standing)
        self.clock = time.monotonic
        self.allowances = Allowances(clock=self.clock, now=time.time)
        self.ledger = Ledger(settings, self.metrics.registry, clock=self.clock)
        self._region_tls, self._region_tokens = settings.region_tls(), settings.region_tokens()
        self.secret = settings.tasks_key.get_secret_value().encode() if settings.tasks_key else secrets.token_bytes(32)
        self.locations = Locations(self.secret)
        self.seen = Seen(self.clock, time.time)
        self._set(config)
        self._reload = Reload(settings.gateway_config, config, str(settings.host), self._use)

    async def open(self) -> None:
        """Begin to watch and to measure; from now on tasks can be carried."""
        self._opened = self.clock()
        self._watcher = Watcher(self._access, clock=self.clock)
        services = [Service(name=name) for name in (WORKERS, REGION_ENDPOINTS, GATEWAYS)]
        self._watcher.watch_everywhere([*services, DIALS])
        self._watcher.watch([OwnDatacenter(), Coordinates()])
        self._exchange = Exchange(self._region_tls, https_only=self._settings.region_https_only, token=self._region_token)
        self._held = Held(self.standing.round_trips.is_cut_off)
        self._admission = Admission(
            lambda: self.view,
            self.ranking.for_task,
            self.standing,
            self.queue,
            self.allowances,
            policy=lambda: self.policy,
            clock=self.clock,
            gateways=lambda: gateways(self.view),
        )
        self.ledger.open()
        carrier = Carrier(
            lambda: self.view,
            self.ranking.for_task,
            self._admission,
            self._exchange,
            self._held,
            self.locations,
            Teller(self.metrics, self.seen, self.exporter, epoch=lambda: time.time() - self.clock()),
            self.ledger,
            self.allowances,
            clock=self.clock,
        )
        self._courier = Courier(self.ledger, lambda: self.callbacks, Delivery(), self.metrics)
        self.carrying = Carrying(carrier, self.ledger, self.locations, self.clock)
        prober = Prober(
            lambda: self.view,
            self._exchange,
            self.standing.round_trips,
            cut_off=self._held.leave,
            recovered=self._admission.wake,
            clock=self.clock,
        )
        self.passer = Passer(lambda: self.scene, self.ranking.rank, self._exchange, self.metrics)
        self._work = [
            background.begin(self._wake(), "waking the queue"),
            background.begin(prober.run(), "measuring round trips"),
        ]
        continuing = Continuing(self.ledger, carrier, self.locations, self.clock)
        spending = Spending(self.ledger, self.allowances)
        await spending.look()
        self._work += [
            background.begin(continuing.run(), "ending what other gateways have left"),
            background.begin(spending.run(), "following what is spent"),
            background.begin(self._reload.run(), "following the policy file"),
            background.begin(self._region_tokens.keep_fresh(), "following REGION_TOKEN_FILE"),
        ]
        self.ranking.open()

    async def close(self) -> None:
        """End. To be called when nothing is in flight: carrying needs all of it."""
        for work in self._work:
            work.cancel()
        self.ranking.close()
        await self._watcher.close()
        await self._exchange.close()
        await self._courier.close()
        await self.ledger.close()
        if self.exporter:
            await asyncio.to_thread(self.exporter.close)

    @property
    def view(self) -> View:
        """What is known now."""
        return self._watcher.view

    @property
    def policy(self) -> Policy:
        """What people have set, the dials as they are now."""
        return replace(self._policy, dials=self.view.dials()[0])

    @property
    def scene(self) -> Scene:
        """The regions as they stand now."""
        return Scene(self.view.regions(), self.standing, self.policy, self.clock())

    @property
    def hidden(self) -> tuple[str, ...]:
        """Header fields of clients that are for this gateway only."""
        return ("authorization",) if self.tenants.have_keys else ()

    def usage(self) -> dict[str, dict[str, object]]:
        """Of each configured tenant: tasks in flight and waiting, submissions of today, and its limits."""
        return {name: {**used, "waiting": self.queue.length(name)} for name, used in self.allowances.usage().items()}

    def moment(self) -> Moment:
        """How things stand now, for the metrics."""
        waited = (turn.errand.timing.so_far("queue") for turn in self.queue.everybody())
        return Moment(self.view, self.scene, self.queue.lengths(), max(waited, default=0.0))

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

    def stop_taking(self) -> None:
        """Leave: who waits for a slot is sent elsewhere, and who takes a location for an answer gets one."""
        self._admission.close()
        self.carrying.leave()

    def _region_token(self) -> str:
        return self._region_tokens.tokens.shown if self._region_tokens.tokens else NONE

    def _set(self, config: GatewayConfig) -> None:
        self.tenants.use(config.tenant, ANYBODY if config.open else EVERYBODY)
        self.allowances.use(self.tenants.named, config.page_members)
        self.ranking.use(config)
        self.callbacks = CallbackPolicy.of(config)
        self._policy = replace(self._policy, fail_open=config.fail_open)

    def _use(self, config: GatewayConfig) -> None:
        """The policy file was changed."""
        before = set(self.tenants.named)
        self._set(config)
        self._admission.limits_changed(before | set(self.tenants.named))

    async def _wake(self) -> None:
        """News from Consul may mean free slots, or that a worker holds waits and is silent."""
        seen = self.view
        while True:
            before, seen = seen, await self._watcher.after(seen)
            for one in changes(before, seen):
                log.log(
                    logging.WARNING if one.is_grave else logging.INFO,
                    "%s",
                    one.text,
                    extra={"region": one.region, "change": one.change},
                )
            for region in fell_silent(before.regions(), seen.regions()):
                self._held.ask_again(region)
            self._admission.wake()
