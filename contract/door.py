"""Who meets a new connection: the program, or, when as many are there as may be, an answer that says so."""

import asyncio
import logging
import time
from collections import OrderedDict
from http import HTTPStatus
from typing import Any, cast

from contract.bodies import Bodies
from contract.guard import Guarded
from contract.problem import Problem, problem

log = logging.getLogger(__name__)

LINGER = 1.0
"""Seconds for which a client that is turned away may still send, so that it can read why."""

MOST_LINGERING = 64
"""More than so many are closed at once, and may see a reset."""

TOLD_EVERY = 60.0
"""Seconds between two lines in the log."""


HANDSHAKE = 10.0
"""Seconds a TLS handshake may take."""

PARTING = 3.0
"""Seconds for which a client may take its time to end TLS."""


class Door:
    """Called with what Sanic gives a connection's protocol; `most` connections are let in, and share the room for bodies."""

    def __init__(self, most: int, bodies: Bodies) -> None:
        self._most, self._bodies = most, bodies
        self._answer = _response(problem("TOO_MANY_CONNECTIONS", f"{most} connections are open", retry_after=1))
        self._lingering: set[asyncio.BaseTransport] = set()
        # In a handshake, or to be told in a moment that they are connected.
        self._coming: OrderedDict[Guarded, float] = OrderedDict()
        self._told = -TOLD_EVERY

    def __call__(self, *, connections: set[Any], **given: Any) -> asyncio.Protocol:
        """The protocol of a new connection; `connections` are those that were let in."""
        now = time.monotonic()
        self._forget(before=now - HANDSHAKE)
        if len(connections) + len(self._coming) < self._most:
            coming = Guarded(connections=connections, arrived=self._arrived, bodies=self._bodies, **given)
            self._coming[coming] = now
            return coming
        self._tell(now)
        return TurnedAway(self._answer, self._lingering)

    def _arrived(self, connection: Guarded) -> None:
        self._coming.pop(connection, None)

    def _forget(self, before: float) -> None:
        # Nobody tells of a handshake that fails. The oldest come first.
        while self._coming and next(iter(self._coming.values())) < before:
            self._coming.popitem(last=False)

    def _tell(self, now: float) -> None:
        if now - self._told >= TOLD_EVERY:
            self._told = now
            log.warning("%d connections are open, as many as MAX_CONNECTIONS lets in: others are turned away", self._most)


class TurnedAway(asyncio.Protocol):
    """A connection there is no room for."""

    def __init__(self, answer: bytes, lingering: set[asyncio.BaseTransport]) -> None:
        self._answer, self._lingering = answer, lingering

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer without a question."""
        self._transport = transport = cast(asyncio.WriteTransport, transport)
        transport.write(self._answer)
        if len(self._lingering) >= MOST_LINGERING or not transport.can_write_eof():
            transport.close()
        else:
            transport.write_eof()
        self._lingering.add(transport)
        asyncio.get_running_loop().call_later(LINGER, transport.abort)

    def connection_lost(self, error: Exception | None) -> None:
        """It is gone."""
        self._lingering.discard(self._transport)


def _response(answer: Problem) -> bytes:
    body = answer.body()
    fields = {**answer.header_fields(), "Content-Length": str(len(body)), "Connection": "close"}
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        *(f"{name}: {value}" for name, value in fields.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
