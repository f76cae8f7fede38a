"""The ledger as the gateway has it: opened and closed with it, an entry for each task."""

import logging
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from prometheus_client import CollectorRegistry

from attempt.evidence import Answer
from contract.problem import ProblemError
from gateway import answers
from gateway.callbacks.fair import UnderWay
from gateway.callbacks.outcome import Sent
from gateway.errand import Errand
from gateway.ledger import record as records
from gateway.ledger.address import Address
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.entry import Entry, LateEntry, NoEntry
from gateway.ledger.leases import Me, Seen
from gateway.ledger.record import Record, State
from gateway.ledger.verdict import Verdict
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from gateway.ledger.kept import Kept

log = logging.getLogger(__name__)


class Ledger:
    """One gateway's. With `LEDGER_URL=none` there is none, nothing is written anywhere, and what it takes is not even loaded."""

    def __init__(
        self,
        settings: GatewaySettings,
        registry: CollectorRegistry,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._registry = settings, registry
        self._me = Me(uuid4().hex, f"{os.uname().nodename}:{settings.port}")
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
        address = self._settings.ledger
        if address is None:
            return
        from gateway.ledger.kept import Kept

        log.info("the ledger is in %s", address)
        self._began = self._now()
        self._kept = Kept(address, self._settings, self._registry, self._me, clock=self._clock, now=self._now)

    async def close(self) -> None:
        """End, with all written that can be."""
        if self._kept is not None:
            await self._kept.close()

    def arrived(self, errand: Errand) -> Entry:
        """The entry of a task that has just come."""
        if self._kept is None:
            return self._none
        entry = self._entry(self._kept, self._record(errand))
        errand.promise = entry.promised
        return entry.arrived()

    def resumed(self, record: Record) -> Entry:
        """The entry of a task that a gateway has left behind."""
        return self._none if self._kept is None else self._entry(self._kept, records.resumed(record, self._me.gateway))

    def asked(self, record: Record) -> Entry:
        """The entry of a task that another gateway carries, for who has its answer, too."""
        return self._none if self._kept is None else self._entry(self._kept, records.asked(record, self._me.run))

    def of(self, name: str) -> Entry:
        """The entry of a task that some gateway had accepted, for who asks at its location."""
        return self._none if self._kept is None else LateEntry(partial(self._answered, name))

    async def claim(self, errand: Errand) -> tuple[Record, Verdict] | None:
        """Write the task down as the one under its key, before it is carried; or what stands there already, and what it means.

        ProblemError without a ledger: then nobody can tell whether it was sent before.
        """
        if self._kept is None:
            raise ProblemError(answers.ledger_away(errand, "this gateway keeps no ledger, and so knows no Idempotency-Key"))
        try:
            return await self._kept.claim(self._record(errand), self._now())
        except LedgerAwayError as error:
            raise ProblemError(answers.ledger_away(errand, str(error))) from None

    async def look(self, names: Sequence[str]) -> dict[str, Seen]:
        """What stands in the ledger of tasks, by their ids. LedgerAwayError when nobody can tell."""
        if self._kept is None:
            raise LedgerAwayError("this gateway keeps no ledger")
        return await self._kept.look(names)

    async def find(self, task: str) -> Seen | None:
        """How a task stands that is not carried here. LedgerAwayError when nobody can tell; without a ledger there is none."""
        if self._kept is None:
            return None
        return await self._kept.find(task)

    async def take(self, most: int) -> list[Record]:
        """Tasks without an end, so many, that gateways that are gone have left; they are ours from now on. LedgerAwayError."""
        return [] if self._kept is None else await self._kept.take(most)

    @property
    def is_shared(self) -> bool:
        """Whether other gateways may write to it, too."""
        return self._kept is not None and not self._kept.alone

    async def spent(self, tenants: Collection[str], since: float) -> Mapping[str, int]:
        """Submissions since a time that cost or may have, by tenant: of other gateways, and of this one before it was opened.

        Nothing without a ledger. LedgerAwayError when nobody can tell.
        """
        return {} if self._kept is None else await self._kept.spent(tenants, since, self._began)

    async def settled(self, task: str) -> None:
        """Until all that is known of a task here stands in the ledger."""
        if self._kept is not None:
            await self._kept.writer.settled(task)

    async def calls(self, results: Sequence[Sent], under_way: UnderWay, now: float) -> list[Record]:
        """See `Store.calls`; none without a ledger. LedgerAwayError when the results are not written."""
        return [] if self._kept is None else await self._kept.calls(results, under_way, now)

    def put(self, record: Record) -> None:
        """Write a record soon that is nobody else's."""
        if self._kept is not None:
            self._kept.writer.put(record)

    async def _answered(self, name: str, errand: Errand, answer: Answer) -> None:
        with suppress(LedgerAwayError):
            seen = (await self.look([name])).get(name)
            if seen is not None and seen.record.tenant == errand.task.tenant.name and seen.record.state is not State.SOLVED:
                self.asked(seen.record).answered(errand, answer)

    def _record(self, errand: Errand) -> Record:
        task, key, now = errand.task, errand.task.key, self._now()
        record = Record(task.id, task.tenant.name, self._me.gateway, now, now + task.deadline - self._clock(), run=self._me.run)
        if task.callback is not None:
            record = replace(record, callback=task.callback.url, callback_host=task.callback.host, callback_due=now)
        return record if key is None else replace(record, key=key.name, fingerprint=key.fingerprint)

    def _entry(self, kept: "Kept", record: Record) -> Entry:
        refuses = self._settings.refuses_without_ledger or record.key is not None
        return Entry(record, kept.writer, refuses=refuses, now=self._now)


def taken(address: Address | None) -> AbstractContextManager[object]:
    """The ledger brought up to date, and a file taken for this gateway alone until what is returned is left.

    SettingsError when it can't be used and waiting would not help.
    """
    if address is None:
        return nullcontext()
    from gateway.ledger.kept import take

    return take(address)
