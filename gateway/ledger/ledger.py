"""The ledger as the gateway has it: opened and closed with it, an entry for each task."""

import logging
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from gateway.errand import Errand
from gateway.ledger.address import parse_address
from gateway.ledger.entry import Entry, NoEntry
from gateway.ledger.record import Record
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from gateway.ledger.kept import Kept

log = logging.getLogger(__name__)


class Ledger:
    """One gateway's. Without `LEDGER_URL` there is none, nothing is written anywhere, and what it takes is not even loaded."""

    def __init__(
        self,
        settings: GatewaySettings,
        registry: CollectorRegistry,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._registry = settings, registry
        self._gateway = f"{os.uname().nodename}:{settings.port}"
        self._clock, self._now = clock, now
        self._kept: Kept | None = None
        self._none = NoEntry()

    @property
    def away(self) -> str | None:
        """Why the ledger can't be written; None when it can, or when there is none."""
        return self._kept.writer.away if self._kept is not None else None

    @property
    def stops_tasks(self) -> bool:
        """Whether nothing would be submitted now."""
        return self._settings.refuses_without_ledger and self.away is not None

    def open(self) -> None:
        """Begin to write, where a ledger is kept."""
        address = parse_address(self._settings.ledger_url)
        if address is None:
            return
        from gateway.ledger.kept import Kept

        log.info("the ledger is in %s", address)
        self._kept = Kept(address, self._settings, self._registry, clock=self._clock, now=self._now)

    async def close(self) -> None:
        """End, with all written that can be."""
        if self._kept is not None:
            await self._kept.close()

    def arrived(self, errand: Errand) -> Entry:
        """The entry of a task that has just come."""
        if self._kept is None:
            return self._none
        task, now = errand.task, self._now()
        record = Record(task.id, task.tenant.name, self._gateway, now, now + task.deadline - self._clock())
        return Entry(record, self._kept.writer, refuses=self._settings.refuses_without_ledger, now=self._now)


def taken(url: str) -> AbstractContextManager[object]:
    """The ledger brought up to date, and a file taken for this gateway alone until what is returned is left.

    SettingsError when it can't be used and waiting would not help.
    """
    address = parse_address(url)
    if address is None:
        return nullcontext()
    from gateway.ledger.kept import take

    return take(address)
