"""Keeping a registration: registered at once, again whenever the agent forgot it, taken out on leaving."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from discovery import background
from discovery.consul import Consul, ConsulError
from discovery.registration import Registration, held_by

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two questions to the agent, which answers when what it holds is other, or half a minute is over. An agent
that comes back without its data is told again within that."""


class Keeper:
    """One registration with one agent, from `start` to `leave`."""

    def __init__(
        self,
        agent: Consul,
        wanted: Registration,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._agent, self._wanted, self._sleep = agent, wanted, sleep
        self._task: asyncio.Task[None] | None = None
        self._trouble: str | None = None

    def start(self) -> None:
        """Begin; call it inside the event loop, once the service can answer."""
        self._task = background.begin(self._keep(), f"keeping {self._wanted.id} registered")

    async def leave(self) -> None:
        """Deregister; when Consul does not answer, its check will find the service gone. Closes the agent's client."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        try:
            await self._agent.deregister(self._wanted.id)
            log.info("deregistered %s", self._wanted.id)
        except ConsulError as error:
            log.warning("could not deregister %s: %s", self._wanted.id, error)
        await self._agent.close()

    async def _keep(self) -> None:
        seen = None
        while True:
            seen = await self._look(seen)
            await self._sleep(LOOK)

    async def _look(self, seen: str | None) -> str | None:
        try:
            digest = await self._ensure(seen)
            self._trouble = None
        except ConsulError as error:
            if self._trouble is None:
                log.warning("not registered: %s", error)
            self._trouble = str(error)
            return None
        return digest

    async def _ensure(self, seen: str | None) -> str | None:
        """The digest of what the agent holds, where it was as it should be."""
        held = await self._agent.registered(self._wanted.id, seen)
        if held is not None and held_by(held.record, self._wanted):
            return held.digest
        await self._agent.register(self._wanted)
        log.info("registered %s", self._wanted.id)
        return None
