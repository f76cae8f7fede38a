"""Following the ledger for what tenants spent today: before this gateway began, and at other gateways."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from gateway.allowance import DAY, Allowances
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.ledger import Ledger

log = logging.getLogger(__name__)

LOOK, EVERY = 1.0, 5.0
"""Seconds between two looks whether something is to be read, and between two readings where others write to the same ledger:
within the latter, gateways may together spend more than a cap."""


class Spending:
    """One gateway's."""

    def __init__(
        self,
        ledger: Ledger,
        allowances: Allowances,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._ledger, self._allowances, self._clock, self._now = ledger, allowances, clock, now
        self._known: tuple[int, tuple[str, ...]] | None = None
        self._read_at, self._is_away = 0.0, False

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await sleep(LOOK)

    async def look(self) -> None:
        """Read what is spent, if that is needed and not known."""
        tenants, day = self._allowances.counted_by_day, int(self._now() // DAY)
        is_old = self._ledger.is_shared and self._clock() - self._read_at >= EVERY
        if not tenants or (self._known == (day, tenants) and not is_old):
            return
        try:
            counts = await self._ledger.spent(tenants, day * DAY)
        except LedgerAwayError as error:
            if not self._is_away:
                log.warning("what tenants spent today can't be read, and counts as it was known last: %s", error)
            self._is_away = True
            return
        self._known, self._read_at, self._is_away = (day, tenants), self._clock(), False
        self._allowances.spent_elsewhere(day, counts)
