"""What gateways that are gone have left in the ledger is brought to its end, whether its clients ask again or not."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address

from contract.problem import Problem
from discovery import background
from gateway import answers
from gateway.carry import Carrier
from gateway.ending import of_answer, of_problem
from gateway.errand import Errand
from gateway.following import accepted_again
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.entry import Entry
from gateway.ledger.leases import Seen
from gateway.ledger.ledger import Ledger
from gateway.ledger.record import Record
from gateway.locations import Locations
from gateway.recalled import lost
from gateway.task import Task
from gateway.tenants import Tenant
from gateway.timing import Timing

log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between two looks for what was left."""

AT_ONCE = 100
"""Tasks that are waited for at a time."""

LEAST = 60.0
"""Seconds for which an answer is waited for at the least: what was paid for may have been solved while nobody was there."""

PAUSE = 1.0
"""Seconds until what a worker had no last word on is asked for again."""

NOBODY = IPv4Address("0.0.0.0")
"""The client of a task whose client is not here."""


class Continuing:
    """One gateway's."""

    def __init__(
        self,
        ledger: Ledger,
        carrier: Carrier,
        locations: Locations,
        clock: Callable[[], float],
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ledger, self._carrier, self._locations = ledger, carrier, locations
        self._clock, self._now, self._sleep = clock, now, sleep
        self._waiting: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Look for it for ever. To be cancelled; then what is waited for is left to the next one."""
        try:
            while True:
                room = AT_ONCE - len(self._waiting)
                taken = await self._take(room) if room else []
                for record in taken:
                    self._end(record)
                if len(taken) < room or not room:
                    await self._sleep(EVERY)
        finally:
            for one in self._waiting:
                one.cancel()

    async def _take(self, most: int) -> list[Record]:
        try:
            return await self._ledger.take(most)
        except LedgerAwayError:
            return []

    def _end(self, record: Record) -> None:
        """Write its end, as far as it is known; wait for an answer that is paid for."""
        entry, errand = self._ledger.resumed(record), self._errand(record)
        log.info("task %s: its gateway is gone; it was %s", record.id, record.state)
        if Seen(record, left=True).is_accepted:
            waiting = background.begin(
                self._wait(errand, record, entry), f"waiting for task {record.id}, left by another gateway"
            )
            self._waiting.add(waiting)
            waiting.add_done_callback(self._waiting.discard)
        else:
            self._fail(errand, entry, lost(record))

    async def _wait(self, errand: Errand, record: Record, entry: Entry) -> None:
        location = accepted_again(errand, record, self._locations)
        while not entry.is_over and self._clock() < errand.task.deadline:
            answer = await self._carrier.ask(errand, location, entry)
            if entry.is_over:
                self._carrier.told(errand, of_answer(answer))
            else:
                await self._sleep(PAUSE)
        if not entry.is_over:
            self._fail(errand, entry, answers.too_late(errand))

    def _fail(self, errand: Errand, entry: Entry, end: Problem) -> None:
        entry.failed(errand, end)
        self._carrier.told(errand, of_problem(end))

    def _errand(self, record: Record) -> Errand:
        deadline = self._clock() + max(record.deadline - self._now(), LEAST)
        task = Task(record.id, record.id, b"", NOBODY, deadline, tenant=Tenant(record.tenant))
        return Errand(task, Timing(self._clock), at=record.region or "none")
