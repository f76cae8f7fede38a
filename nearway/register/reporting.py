"""Telling Consul, again and again, how the program is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from discovery.consul import Consul, ConsulError
from discovery.instance import Health
from nearway.register.health import TEXTS, Seen, Silence, state_after

log = logging.getLogger(__name__)


class Reporter:
    """Looks at the program every `interval` seconds and reports its state for the service `name`."""

    def __init__(
        self,
        agent: Consul,
        name: str,
        look: Callable[[], Awaitable[Seen]],
        interval: float,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._agent, self._name, self._look, self._interval, self._sleep = agent, name, look, interval, sleep
        self._state: Health | None = None
        self._slow = 0
        self._in_vain = False

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.once()
            await self._sleep(self._interval)

    async def once(self) -> None:
        """One look, one report. Each is reported, since a report counts for so long only; the same again changes nothing."""
        seen = await self._look()
        self._slow = self._slow + 1 if isinstance(seen, Silence) and seen.slow else 0
        state = state_after(self._state, seen, self._slow)
        if state is not self._state:
            log.info("%s: %s (%s)", state, TEXTS[state], seen)
        self._state = state
        try:
            await self._agent.report(self._name, state, TEXTS[state])
            self._in_vain = False
        except ConsulError as error:  # an agent without the registration refuses too; the keeper registers it again
            if not self._in_vain:
                log.warning("not reported: %s", error)
            self._in_vain = True
