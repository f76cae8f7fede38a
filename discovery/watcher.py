"""Watching Consul: one blocking query per service and datacenter, each its own task; the view is what they know together."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Coroutine, Iterable

from discovery import background
from discovery.consul import Access, Consul, ConsulError
from discovery.view import View
from discovery.watch import Failed, Reply, State, step

log = logging.getLogger(__name__)

LOOK_FOR_DATACENTERS = 5.0
"""Seconds between two looks at the list of datacenters, which Consul can't be asked to block on."""


class Watcher:
    """The view, kept up to date from `start` to `close`. Readers take `view` and never wait."""

    def __init__(
        self,
        access: Access,
        services: Iterable[str],
        datacenters: Iterable[str] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Watch `services` in `datacenters`, or, with None, in every datacenter that Consul knows of."""
        self.view = View()
        self._news = self.view
        self._agents = [Consul(address, access) for address in access.addresses]
        self._services = tuple(services)
        self._fixed = None if datacenters is None else tuple(datacenters)
        self._clock, self._jitter = clock, jitter
        self._changed = asyncio.Event()
        self._watched: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin; call it inside the event loop."""
        if self._fixed is None:
            self._spawn(self._find_datacenters(), "looking for datacenters")
        else:
            self._watch_datacenters(self._fixed)

    async def close(self) -> None:
        """Stop all queries and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for agent in self._agents:
            await agent.close()

    async def after(self, seen: View) -> View:
        """The first view with news since `seen`; at once when there is one already.

        News are other instances, and trouble that begins or ends; a mere confirmation only makes `view` younger.
        """
        while self._news is seen:
            await self._changed.wait()
        return self._news

    def _publish(self, view: View, news: bool) -> None:
        self.view = view
        if news:
            self._news = view
            self._changed.set()
            self._changed = asyncio.Event()

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        self._tasks.add(background.begin(work, name))

    def _watch_datacenters(self, names: Iterable[str]) -> None:
        # One that is no longer listed is still watched: its last good view counts until somebody says otherwise.
        for name in names:
            if name not in self._watched:
                self._watched.add(name)
                for service in self._services:
                    self._spawn(self._watch(name, service), f"watching {service} in {name}")

    async def _find_datacenters(self) -> None:
        turn, failures = 0, 0
        while True:
            try:
                self._watch_datacenters(await self._agents[turn % len(self._agents)].datacenters())
                failures = 0
            except ConsulError as error:
                turn, failures = turn + 1, failures + 1
                if failures == 1:
                    log.warning("%s", error)
            await asyncio.sleep(LOOK_FOR_DATACENTERS if not failures and self._watched else 0.5)

    async def _watch(self, datacenter: str, service: str) -> None:
        state, turn = State(), 0
        while True:
            event = await self._ask(self._agents[turn % len(self._agents)], service, datacenter, state.index)
            now = self._clock()
            decided = step(state, event, now, self._jitter())
            if isinstance(event, Failed):
                turn += 1
                if state.failures == 0:
                    log.warning("%s in %s: %s", service, datacenter, event.reason)
                self._publish(self.view.failed(datacenter, service, event.reason), state.failures == 0)
            else:
                if state.failures:
                    log.info("%s in %s: Consul answers again", service, datacenter)
                view = self.view.answered(datacenter, service, event.instances, now)
                self._publish(view, decided.news is not None or state.failures > 0)
            state = decided.state
            await asyncio.sleep(decided.pause)

    async def _ask(self, agent: Consul, service: str, datacenter: str, index: int | None) -> Reply | Failed:
        try:
            return await agent.instances(service, datacenter, index)
        except ConsulError as error:
            return Failed(str(error))
