"""The client for programs with an event loop. The sequence; what each answer means is `judging.py`'s."""

import asyncio
import os
import random
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from attempt.evidence import Evidence
from attempt.exchange import Exchange
from contract import __version__
from contract.deadline import HEADER as DEADLINE
from contract.deadline import LONGEST_TASK
from contract.prefer import Prefer
from nearway.client.address import gateway_url, key_of
from nearway.client.errors import NearwayError
from nearway.client.judging import Accepted, Again, Verdict, judge_asked, judge_sent
from nearway.client.many import Many
from nearway.client.pauses import Pauses
from nearway.client.solution import Solution
from nearway.client.ticket import Ticket, new_ticket

HOLD = 20.0
"""Seconds of one request: long enough to cost nothing, and shorter than what proxies have patience for."""

LATE = 10.0
"""Seconds an answer may take beyond the time it was asked for."""


class AsyncClient:
    """Sends tasks to a gateway and waits for their solutions.

    `url` is the gateway's (else `NEARWAY_URL`, else http://127.0.0.1:8000), `key` a tenant's (else `NEARWAY_KEY`). `region` is
    one to prefer. `deadline`: seconds for each task, from first to last; `patience`: seconds in which no gateway answers until
    a task is given up. `tls` is how `https` is verified, and what is shown there; None for the system's CAs.

    Use it with `async with`, or `close` it. ValueError for what can't be meant.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        key: str | None = None,
        region: str | None = None,
        deadline: float = LONGEST_TASK,
        patience: float = 60.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url, self._deadline, self._patience, self._tls = gateway_url(url, os.environ), deadline, patience, tls
        key = key_of(key, os.environ)
        self._headers = {"Accept": "application/json"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"
        if region is not None:
            self._headers["Nearway-Region"] = region
        self._exchange: Exchange | None = None
        self._clock: Callable[[], float] = time.monotonic
        self._jitter: Callable[[], float] = random.random

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections. Tasks that are paid for are carried on by the gateway."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            await exchange.close()

    async def solve(self, *, idempotency_key: str | None = None, deadline: float | None = None, **task: object) -> Solution:
        """The solution of a task, whose members are the arguments. NearwayError when there is none.

        It is sent again for as long as that can't pay for it twice. `idempotency_key` is what it is known by for 24 hours: with
        the key of a task that was sent before comes its answer. `deadline` in seconds, else that of the client.
        """
        return await self.result(new_ticket(task, idempotency_key), deadline=deadline)

    async def submit(self, *, idempotency_key: str | None = None, deadline: float | None = None, **task: object) -> Ticket:
        """Send a task, and come back when it is accepted: `result` gets its solution. NearwayError when it is not."""
        ticket = new_ticket(task, idempotency_key)
        carried = await self._carry(ticket, self._pauses(deadline))
        return carried if isinstance(carried, Ticket) else ticket

    async def result(self, ticket: Ticket, *, deadline: float | None = None) -> Solution:
        """The solution of a task that was submitted, by this program or, within 24 hours, by another. NearwayError when none."""
        pauses = self._pauses(deadline)
        while isinstance(carried := await self._carry(ticket, pauses), Ticket):
            ticket = carried
        return carried

    def solve_many(
        self, tasks: Iterable[Mapping[str, object] | Ticket], *, concurrency: int = 50, deadline: float | None = None
    ) -> Many:
        """Solve many tasks, so many at once. Iterate over it with `async for`: each task comes as it ends, solved or not."""
        return Many(partial(self.result, deadline=deadline), tasks, concurrency, self._clock)

    async def _carry(self, ticket: Ticket, pauses: Pauses) -> Solution | Ticket:
        """Up to its solution, or to where it is accepted."""
        body = ticket.body()
        while True:
            verdict = await (self._send(ticket, body, pauses) if ticket.location is None else self._ask(ticket.location, pauses))
            if isinstance(verdict, Solution):
                return verdict
            if isinstance(verdict, NearwayError):
                raise _of(verdict, ticket)
            if isinstance(verdict, Accepted):
                return replace(ticket, location=verdict.location)
            pauses = await self._pause(pauses, verdict, ticket)
            ticket = replace(ticket, location=None) if verdict.afresh else ticket

    def _pauses(self, deadline: float | None) -> Pauses:
        return Pauses(self._clock() + (self._deadline if deadline is None else deadline), self._patience)

    async def _pause(self, pauses: Pauses, again: Again, ticket: Ticket) -> Pauses:
        pauses, wait = pauses.after(self._clock(), again.after, self._jitter(), silent=again.silent)
        if wait is None:
            raise _of(again.error, ticket)
        await asyncio.sleep(wait)
        return pauses

    async def _send(self, ticket: Ticket, body: bytes, pauses: Pauses) -> Verdict:
        left = max(0.001, pauses.until - self._clock())
        hold = min(HOLD, left)
        headers = {
            **self._headers,
            "Content-Type": "application/json",
            "Idempotency-Key": f'"{ticket.idempotency_key}"',
            "Prefer": str(Prefer(respond_async=True, wait=hold)),
            DEADLINE: f"{min(left, LONGEST_TASK):.3f}",
        }
        # Without a location yet it waits for a slot, and for as long as its time lasts.
        return judge_sent(await self._connected().submit(f"{self._url}/solve", headers, body, left + LATE))

    async def _ask(self, location: str, pauses: Pauses) -> Verdict:
        asked, hold = self._clock(), min(HOLD, max(0.0, pauses.until - self._clock()))
        headers = {**self._headers, "Prefer": str(Prefer(wait=hold))}
        told: Evidence = await self._connected().get(self._url + location, headers, hold + LATE)
        return judge_asked(told, early=self._clock() - asked < hold - 1)

    def _connected(self) -> Exchange:
        if self._exchange is None:
            self._exchange = Exchange(self._tls, user_agent=f"nearway-client/{__version__}")
        return self._exchange


def _of(error: NearwayError, ticket: Ticket) -> NearwayError:
    error.idempotency_key = ticket.idempotency_key
    return error
