"""What is done with the database, each in one transaction, and within a time."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, and_, delete, not_, select, update

from gateway.callbacks.fair import UnderWay
from gateway.callbacks.outcome import Sent
from gateway.ledger import claims
from gateway.ledger.address import Address, SQLiteFile
from gateway.ledger.calling import take_due, write_sent
from gateway.ledger.claims import Judge
from gateway.ledger.file import FileLine
from gateway.ledger.leases import Me, Seen
from gateway.ledger.questions import spent
from gateway.ledger.record import Record
from gateway.ledger.rows import row_of
from gateway.ledger.schema import TASKS
from gateway.ledger.server import ServerLine
from gateway.ledger.verdict import Verdict

Result = TypeVar("Result")

_IS_TOLD = TASKS.c.callback_due.is_(None)
"""Of rows whose end is not to be POSTed to anybody, or not any more."""


class Store:
    """That of the gateway `me`.

    Methods raise what `trouble.TROUBLE` lists; then nobody can say whether it was committed. All of them may be repeated.
    """

    def __init__(self, address: Address, me: Me) -> None:
        self._me = me
        self._line = line_to(address, self._begun)
        self._one_at_a_time = asyncio.Lock()

    async def write(self, records: Sequence[Record]) -> frozenset[str]:
        """Durable when this returns; the ids of those that were not written, as they are another gateway's by now.

        Without records it still takes what writing needs.
        """
        if not records:
            await self._do(lambda _: None)
            return frozenset()
        # A key stands in a row since it was claimed; written anew into a ledger that was exchanged, it might be another's by now.
        written = await self._alone(self._line.write([{**row_of(record), "key": None} for record in records]))
        return frozenset(record.id for record in records).difference(written)

    async def claim(self, wanted: Record, judge: Judge) -> tuple[Record, Verdict] | None:
        """See `claims.claim`. What it writes is durable when this returns."""
        return await self._do(lambda connection: claims.claim(connection, wanted, judge, self._me.run))

    async def take(self, most: int) -> list[Record]:
        """See `claims.take`."""
        return await self._do(lambda connection: claims.take(connection, self._me.run, most))

    async def look(self, names: Sequence[str]) -> dict[str, Seen]:
        """See `claims.look`."""
        return await self._do(lambda connection: claims.look(connection, names, self._me.run))

    async def beat(self) -> None:
        """See `claims.beat`."""
        await self._do(self._begun)

    async def leave(self) -> None:
        """See `claims.leave`."""
        await self._do(lambda connection: claims.leave(connection, self._me.run))

    async def scrub(self, before: float, keys_before: float, most: int) -> int:
        """Forget the answers of tasks that ended before a time, of so many; how many they were.

        Those with a key that came since `keys_before` may be asked for again, and are kept.
        """
        return await self._do(lambda connection: _scrub(connection, before, keys_before, most))

    async def prune(self, before: float, most: int) -> int:
        """Delete the rows of tasks that arrived before a time, so many; how many they were."""
        return await self._do(lambda connection: _prune(connection, before, most))

    async def calls(self, results: Sequence[Sent], under_way: UnderWay, now: float) -> list[Record]:
        """Write down what came of callbacks, and take for this gateway alone those due that may go beside `under_way`."""

        def write_and_take(connection: Connection) -> list[Record]:
            write_sent(connection, results)
            return take_due(connection, under_way, now)

        return await self._do(write_and_take)

    async def spent(self, tenants: Collection[str], since: float, began: float) -> Mapping[str, int]:
        """See `questions.spent`. Tenants that spent nothing are not there."""
        question = spent(tenants, since, self._me, began)
        return await self._do(lambda connection: {row.tenant: row.spent for row in connection.execute(question)})

    async def close(self) -> None:
        """Close the connection."""
        await self._line.close()

    def _begun(self, connection: Connection) -> None:
        claims.beat(connection, self._me.run, self._me.gateway)

    async def _do(self, work: Callable[[Connection], Result]) -> Result:
        return await self._alone(self._line.run(work))

    async def _alone(self, doing: Coroutine[None, None, Result]) -> Result:
        async with self._one_at_a_time:
            try:
                return await doing
            except BaseException:
                await self._line.drop()
                raise


def line_to(address: Address, begun: Callable[[Connection], None]) -> FileLine | ServerLine:
    """The way to the database; `begun` is done with every new connection to a server."""
    return FileLine(address.path) if isinstance(address, SQLiteFile) else ServerLine(address.dsn, begun)


def _scrub(connection: Connection, before: float, keys_before: float, most: int) -> int:
    is_asked_for = and_(TASKS.c.key.is_not(None), TASKS.c.arrived >= keys_before)
    old = select(TASKS.c.id).where(TASKS.c.result.is_not(None), TASKS.c.ended < before, not_(is_asked_for), _IS_TOLD)
    chosen = old.order_by(TASKS.c.ended).limit(most).with_for_update(skip_locked=True)
    return _count(connection.execute(update(TASKS).where(TASKS.c.id.in_(chosen)).values(result=None)))


def _prune(connection: Connection, before: float, most: int) -> int:
    old = select(TASKS.c.id).where(TASKS.c.arrived < before, _IS_TOLD)
    chosen = old.order_by(TASKS.c.arrived).limit(most).with_for_update(skip_locked=True)
    return _count(connection.execute(delete(TASKS).where(TASKS.c.id.in_(chosen))))


def _count(result: CursorResult[Any]) -> int:
    return result.rowcount
