"""Measuring the round trip to every region endpoint, four times a second."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from attempt.evidence import Answer, Evidence
from attempt.exchange import Exchange
from attempt.outcome import is_ours_to_mend
from discovery.view import View
from gateway.answers import describe
from gateway.roundtrip import RoundTrips

log = logging.getLogger(__name__)

INTERVAL = 0.25
"""Seconds between two probes of a region, answered or not: three in a row are missed, and so its waits moved, within 2 s."""

PATIENCE = 0.75
"""Seconds. No place on earth is half of that away from another."""

LATE = 0.25
"""Seconds beyond its patience after which a missed probe tells that this process was held up, and nothing of the region."""


class Prober:
    """Asks nginx itself (`/region`), so no worker's load is in the figure.

    `cut_off` is called with a region that is from now on, `recovered` once one no longer is.
    """

    def __init__(
        self,
        view: Callable[[], View],
        exchange: Exchange,
        round_trips: RoundTrips,
        *,
        cut_off: Callable[[str], None],
        recovered: Callable[[], None],
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._view, self._exchange, self._round_trips = view, exchange, round_trips
        self._cut_off, self._recovered = cut_off, recovered
        self._clock, self._sleep = clock, sleep

    async def run(self) -> None:
        """Until cancelled. A probe that is not answered holds up no other."""
        async with asyncio.TaskGroup() as probes:
            while True:
                endpoints, _ = self._view().endpoints()
                self._round_trips.keep_only({one.region for one in endpoints})
                for one in endpoints:
                    probes.create_task(self._measure(one.region, one.url))
                await self._sleep(INTERVAL)

    async def _measure(self, region: str, url: str) -> None:
        begun = self._clock()
        evidence = await self._exchange.get(f"{url}/region", {}, PATIENCE)
        took = self._clock() - begun
        if isinstance(evidence, Answer) and evidence.status == 200:
            if self._round_trips.measured(region, took):
                log.info("region %s answers this gateway again", region, extra={"region": region, "change": "answers"})
                self._recovered()
        elif took < PATIENCE + LATE:
            self._missed(region, _why(evidence))

    def _missed(self, region: str, why: str) -> None:
        if region not in self._round_trips.misses:
            log.warning("region %s did not answer as it should: %s", region, why)
        if self._round_trips.missed(region, why):
            log.warning("region %s is cut off from this gateway: %s", region, why, extra={"region": region, "change": "cut off"})
            self._cut_off(region)


def _why(evidence: Evidence) -> str:
    if isinstance(evidence, Answer) and is_ours_to_mend(evidence):
        return f"it refuses what this gateway shows, {describe(evidence)}: see REGION_TOKEN and REGION_CERTIFICATE here and there"
    return describe(evidence)
