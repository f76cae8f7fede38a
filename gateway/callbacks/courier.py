"""Delivering callbacks: takes from the ledger what is due, sends it, and writes down what came of it. One loop.

A callback that this gateway takes is its alone; should it end before it has written what came of it, another one sends it again.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from attempt.evidence import Evidence, NotSent
from contract.problem import ProblemError
from discovery import background
from gateway.callbacks.delivery import Delivery
from gateway.callbacks.fair import Due, UnderWay
from gateway.callbacks.message import message_of
from gateway.callbacks.outcome import Sent, judged
from gateway.callbacks.policy import CallbackPolicy
from gateway.callbacks.signature import signed
from gateway.callbacks.target import parse_target
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.record import Record, failed
from gateway.metrics import Metrics
from gateway.recalled import lost

log = logging.getLogger(__name__)

EVERY = 0.5
"""Seconds between two looks for what is due, when nothing else tells of it."""

GATHER = 0.02
"""Seconds in which others may join a look."""

PARTING = 5.0
"""Seconds for which what is being sent may go on when the gateway ends."""


class Shelf(Protocol):
    """Where callbacks lie: `ledger.Ledger` says what each method does."""

    async def calls(self, results: Sequence[Sent], under_way: UnderWay, now: float) -> list[Record]: ...

    def put(self, record: Record) -> None: ...


class Courier:
    """One gateway's. Make it inside the event loop: it begins at once."""

    def __init__(
        self,
        shelf: Shelf,
        policy: Callable[[], CallbackPolicy],
        delivery: Delivery,
        metrics: Metrics,
        *,
        now: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._shelf, self._policy, self._delivery, self._metrics = shelf, policy, delivery, metrics
        self._now, self._chance = now, chance
        self._under_way = UnderWay()
        self._sending: set[asyncio.Task[None]] = set()
        self._results: list[Sent] = []
        self._due = asyncio.Event()
        self._running = background.begin(self._run(), "delivering callbacks")

    async def close(self) -> None:
        """End. What is being sent may come to its end; what does not is sent again by another gateway, or the next one here."""
        self._running.cancel()
        await asyncio.wait([self._running])
        if self._sending:
            await asyncio.wait(self._sending, timeout=PARTING)
        for one in tuple(self._sending):
            one.cancel()
        await self._look(UnderWay.full())
        await self._delivery.close()

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(EVERY):
                    await self._due.wait()
                    await asyncio.sleep(GATHER)
            except TimeoutError:
                pass
            self._due.clear()
            for record in await self._look(self._under_way):
                self._begin(record)

    async def _look(self, under_way: UnderWay) -> list[Record]:
        results, self._results = self._results, []
        try:
            return await self._shelf.calls(results, under_way, self._now())
        except (LedgerAwayError, asyncio.CancelledError) as error:
            self._results = results + self._results
            if isinstance(error, LedgerAwayError):
                return []
            raise

    def _begin(self, record: Record) -> None:
        due = Due(record.id, record.tenant, record.callback_host or "")
        self._under_way.begin(due)
        sending = background.begin(self._send(record), f"the callback of task {record.id}")
        self._sending.add(sending)
        sending.add_done_callback(lambda done: self._ended(done, due))

    def _ended(self, sending: asyncio.Task[None], due: Due) -> None:
        self._sending.discard(sending)
        self._under_way.end(due)
        self._due.set()

    async def _send(self, record: Record) -> None:
        if record.ended is None:
            record = failed(record, lost(record), ["its gateway ended, and nobody went on"], self._now())
            self._shelf.put(record)
        evidence = await self._try(record)
        sent = judged(record, evidence, self._now(), self._chance(), self._policy().within)
        self._results.append(sent)
        self._metrics.called(sent.called)
        about = {"task": record.id, "tenant": record.tenant}
        log.info("task %s: its callback to %s, try %d: %s", record.id, record.callback_host, sent.tries, sent, extra=about)

    async def _try(self, record: Record) -> Evidence:
        policy = self._policy()
        kind, body = message_of(record)
        try:
            fields = signed(record.id, self._now(), body, policy.secrets_of(record.tenant))
            target = parse_target(record.callback or "")
        except (ProblemError, ValueError) as error:
            return NotSent(str(error))
        return await self._delivery.post(target, {"Content-Type": kind, **fields}, body, policy.networks)
