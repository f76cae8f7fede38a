"""Writing: what comes while a transaction is under way goes into the next one, and who needs it durable waits for just that."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping

from gateway.ledger.away import LedgerAwayError, TakenError
from gateway.ledger.metrics import LedgerMetrics
from gateway.ledger.pending import Pending
from gateway.ledger.record import Record
from gateway.ledger.store import Store
from gateway.ledger.trouble import PATIENCE, TROUBLE, words

log = logging.getLogger(__name__)

SOON = 0.05
"""Seconds after which a record is written that nobody waits for, should nobody else's take it along before."""

BATCH = 500
"""Records in one transaction."""

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
"""Seconds between two tries at a ledger that is away; each pause is twice the one before."""

LONGEST_WAIT = PATIENCE + 1.0
"""Seconds that somebody waits for a record. By then its transaction has failed, or one before it."""


class Writer:
    """One gateway's. `away` is why the ledger can't be written, None when it can. Make it inside the event loop."""

    def __init__(self, store: Store, metrics: LedgerMetrics, *, clock: Callable[[], float]) -> None:
        self._store, self._metrics, self._clock = store, metrics, clock
        self.pending = Pending()
        self.away: str | None = None
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._under_way: set[str] = set()
        self._turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._due = asyncio.Event()
        self._due.set()  # the first try, of nothing, tells whether the ledger is there
        self._alarm: asyncio.TimerHandle | None = None
        self._pause = FIRST_PAUSE

    def put(self, record: Record) -> None:
        """Write it soon."""
        if self.away is not None and record.submitted is None and record.key is None:
            return  # it cost nothing, and there may be many of them
        self.pending.put(record)
        if self.away is None and self._alarm is None:
            self._wake_in(SOON)

    async def written(self, record: Record) -> None:
        """Write it now; it is durable when this returns. LedgerAwayError: perhaps it is not. TakenError: it is not, for good."""
        if self.away is not None:
            raise LedgerAwayError(self.away)
        self.pending.put(record)
        waiting = self._waiting[record.id] = asyncio.get_running_loop().create_future()
        self._due.set()
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await waiting
        except TimeoutError:
            raise LedgerAwayError("it gives no answer") from None
        finally:
            if self._waiting.get(record.id) is waiting:
                del self._waiting[record.id]

    def take_back(self, record: Record) -> None:
        """`record` instead of one that `written` failed to write, and may still come to be written."""
        if self.away is None or record.id in self.pending:
            self.put(record)

    async def settled(self, name: str) -> None:
        """Until nothing is to be written of that task, however long the ledger is away."""
        while name in self.pending or name in self._under_way:
            await asyncio.shield(self._turn)

    async def run(self) -> None:
        """Write for ever. Cancel it, then `finish`."""
        while True:
            await self._due.wait()
            await asyncio.sleep(0)  # what comes in the same round of the loop goes along
            await self._write()

    async def finish(self) -> None:
        """Write what is left, as far as that goes at once."""
        await self._write()
        while self.away is None and len(self.pending):
            await self._write()
        self._clear_alarm()
        if len(self.pending):
            log.error("the ledger is away, and %d records of tasks are lost with this program", len(self.pending))

    async def _write(self) -> None:
        self._clear_alarm()
        self._due.clear()
        records = self.pending.take(BATCH)
        self._under_way = {record.id for record in records}
        waiting = {record.id: self._waiting.pop(record.id) for record in records if record.id in self._waiting}
        begun = self._clock()
        try:
            taken = await self._store.write(records)
        except TROUBLE as error:
            self.pending.give_back(records)
            self._failed(words(error), waiting.values())
        except asyncio.CancelledError:
            self.pending.give_back(records)
            raise
        else:
            self._metrics.wrote(len(records), self._clock() - begun)
            self._succeeded(waiting, taken)
        finally:
            self._under_way = set()
            self._turn.set_result(None)
            self._turn = asyncio.get_running_loop().create_future()
        self._metrics.stands(self.away is None, len(self.pending))

    def _succeeded(self, waiting: Mapping[str, asyncio.Future[None]], taken: Collection[str]) -> None:
        if self.away is not None:
            lost = f"; for lack of memory {self.pending.lost} records are lost" if self.pending.lost else ""
            log.warning("the ledger can be written again%s", lost, extra={"change": "ledger back"})
            self.away, self._pause, self.pending.lost = None, FIRST_PAUSE, 0
        for name, one in waiting.items():
            if not one.done() and name in taken:
                one.set_exception(TakenError())
            elif not one.done():
                one.set_result(None)
        if len(self.pending):
            self._due.set()

    def _failed(self, why: str, waiting: Iterable[asyncio.Future[None]]) -> None:
        if why != self.away:
            log.error("the ledger can't be written: %s", why, extra={"change": "ledger away"})
        self.away = why
        for one in [*waiting, *self._waiting.values()]:
            if not one.done():
                one.set_exception(LedgerAwayError(why))
        self._wake_in(self._pause)
        self._pause = min(LONGEST_PAUSE, 2 * self._pause)

    def _wake_in(self, seconds: float) -> None:
        self._clear_alarm()
        self._alarm = asyncio.get_running_loop().call_later(seconds, self._due.set)

    def _clear_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
