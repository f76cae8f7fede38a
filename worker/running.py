"""All that a worker has while it runs, and the order in which it begins and ends."""

import asyncio
import logging

from contract import __version__
from contract.at import mark
from contract.export import Exporter
from discovery import registration
from discovery.access import Access
from discovery.consul import Consul
from discovery.keeper import Keeper
from discovery.own_address import advertised
from discovery.records import host_port
from worker.accountant import Accountant
from worker.api import Api
from worker.load import State
from worker.location import Receipt
from worker.metrics import Metrics
from worker.settings import WorkerSettings
from worker.slots import Slots
from worker.solve import Solver

log = logging.getLogger(__name__)

PROPAGATION = 0.5
"""Seconds until whoever watches Consul has heard that the worker left; until then new connections still come."""


class Running:
    """Made before the event loop runs; what needs the loop is there from `start` on. `at` is the end of its tasks' locations.

    OSError when the address to register can't be found.
    """

    accountant: Accountant
    solver: Solver

    def __init__(self, settings: WorkerSettings, access: Access | None, exporter: Exporter | None = None) -> None:
        self.exporter = exporter
        self.metrics = Metrics()
        self.slots = Slots(settings.max_concurrent, self.metrics)
        self.submit_patience = settings.submit_patience
        self.submissions: set[asyncio.Task[Receipt]] = set()
        self._settings = settings
        self._keeper, self.at = None, ""
        self.name: str | None = None
        if access is not None:
            wanted = _registration(settings, access)
            self.name = wanted.id
            self._keeper = Keeper(Consul(access.addresses[0], access), wanted)
            self.at = f"&at={mark(host_port(wanted.address, wanted.port))}"

    @property
    def state(self) -> State:
        """What the worker says of itself."""
        return self.slots.load.state(draining=self.slots.begun, paused=self.accountant.paused is not None)

    def start(self) -> None:
        """Begin; inside the event loop, before the first request."""
        settings, key = self._settings, self._settings.captchaai_api_key.get_secret_value()
        speed = settings.api_speed
        self._api = Api(settings.captchaai_url, key, settings.api_timeout)
        self.accountant = Accountant(
            self._api,
            self.metrics,
            gap=settings.submit_gap,
            fresh=settings.account_fresh,
            every=settings.account_every,
            speed=speed,
        )
        self.solver = Solver(self._api, self.accountant, self.metrics, secrets=(key,), speed=speed)
        self.accountant.start()

    def register(self) -> None:
        """Tell Consul; once the socket answers."""
        if self._keeper is not None:
            self._keeper.start()

    async def leave(self) -> None:
        """Take no new task, be found by nobody, and answer all that can be continued elsewhere."""
        log.info("leaving with %d requests held", self.slots.load.active, extra={"change": "leaving"})
        self.slots.begin()
        if self._keeper is not None:
            await self._keeper.leave()
            await asyncio.sleep(PROPAGATION)

    async def stop(self) -> None:
        """End; a hand-over under way is waited for, since its task's id is known nowhere else."""
        if self.submissions:
            await asyncio.wait(self.submissions)
        await self.accountant.close()
        await self._api.close()
        if self.exporter:
            await asyncio.to_thread(self.exporter.close)


def _registration(settings: WorkerSettings, access: Access) -> registration.Registration:
    return registration.worker(
        settings.region,
        advertised(settings.host, settings.advertise_host, access.addresses[0]),
        settings.port,
        slots=settings.max_concurrent,
        version=__version__,
        weight=settings.weight,
        backup=settings.backup,
        tls=settings.tls_certificate is not None,
    )
