"""Measuring the round trip to every region endpoint, once a second."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from discovery.view import View
from gateway.answers import describe
from gateway.evidence import Answer
from gateway.exchange import Exchange
from gateway.roundtrip import RoundTrips

log = logging.getLogger(__name__)

INTERVAL = 1.0
PATIENCE = 1.0
"""Seconds. No place on earth is a second away from another."""


class Prober:
    """Asks nginx itself (`/region`), so no worker's load is in the figure."""

    def __init__(
        self,
        view: Callable[[], View],
        exchange: Exchange,
        round_trips: RoundTrips,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._view, self._exchange, self._round_trips = view, exchange, round_trips
        self._clock, self._sleep = clock, sleep

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            endpoints, _ = self._view().endpoints()
            self._round_trips.keep_only({one.region for one in endpoints})
            await asyncio.gather(*(self._measure(one.region, one.url) for one in endpoints))
            await self._sleep(INTERVAL)

    async def _measure(self, region: str, url: str) -> None:
        begun = self._clock()
        evidence = await self._exchange.get(f"{url}/region", {}, PATIENCE)
        if isinstance(evidence, Answer) and evidence.status == 200:
            self._round_trips.measured(region, self._clock() - begun)
        else:
            if region not in self._round_trips.misses:
                log.warning("region %s did not answer as it should: %s", region, describe(evidence))
            self._round_trips.missed(region)
