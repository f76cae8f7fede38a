"""What is done with the database, each in one transaction, and within a time."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, and_, delete, not_, select, update
from sqlalchemy.dialects import sqlite

from gateway.callbacks.fair import UnderWay
from gateway.callbacks.outcome import Sent
from gateway.ledger.address import Address, SQLiteFile
from gateway.ledger.calling import take_due, write_sent
from gateway.ledger.file import FileLine
from gateway.ledger.record import Record
from gateway.ledger.rows import record_of, row_of
from gateway.ledger.schema import TASKS, insert_if_key_is_free, upsert
from gateway.ledger.server import ServerLine

Result = TypeVar("Result")

_UPSERT = upsert("postgresql")

_AT_ONCE = {rows: str(upsert("sqlite", rows).compile(dialect=sqlite.dialect())) for rows in (64, 16, 4, 1)}
"""Statements that write so many rows. Python's lock is handed over with each statement, which takes a while when the loop is
busy; a row at a time, 500 of them took two seconds."""

_IS_TOLD = TASKS.c.callback_due.is_(None)
"""Of rows whose end is not to be POSTed to anybody, or not any more."""


class Store:
    """Methods raise what `trouble.TROUBLE` lists; then nobody can say whether it was committed. All of them may be repeated."""

    def __init__(self, address: Address) -> None:
        self._line = FileLine(address.path) if isinstance(address, SQLiteFile) else ServerLine(address.dsn)
        self._one_at_a_time = asyncio.Lock()

    async def write(self, records: Sequence[Record]) -> None:
        """Durable when this returns. Without records it still takes what writing needs."""
        await self._do(lambda connection: _write(connection, records))

    async def claim(self, record: Record, gives_up: Callable[[Record], bool]) -> Record | None:
        """Write a new record with a key, durably. When its tenant has one with that key, which does not give it up, that one."""
        return await self._do(lambda connection: _claim(connection, record, gives_up))

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

    async def close(self) -> None:
        """Close the connection."""
        await self._line.close()

    async def _do(self, work: Callable[[Connection], Result]) -> Result:
        async with self._one_at_a_time:
            try:
                return await self._line.run(work)
            except BaseException:
                await self._line.drop()
                raise


def _write(connection: Connection, records: Sequence[Record]) -> None:
    # A key stands in a row since it was claimed; written anew into a ledger that was exchanged, it might be another's by now.
    rows = [{**row_of(record), "key": None} for record in records]
    if connection.dialect.name == "postgresql":
        if rows:
            connection.execute(_UPSERT, rows)
        return
    begin = 0
    while begin < len(rows):
        count = next(count for count in _AT_ONCE if count <= len(rows) - begin)
        values = [value for row in rows[begin : begin + count] for value in row.values()]
        connection.exec_driver_sql(_AT_ONCE[count], tuple(values))
        begin += count


def _claim(connection: Connection, record: Record, gives_up: Callable[[Record], bool]) -> Record | None:
    mine = TASKS.c.tenant == record.tenant, TASKS.c.key == record.key
    found = connection.execute(select(TASKS).where(*mine).with_for_update()).mappings().one_or_none()
    if found is not None:
        there = record_of(found)
        if not gives_up(there):
            return there
        connection.execute(update(TASKS).where(TASKS.c.id == there.id).values(key=None))
    if _count(connection.execute(insert_if_key_is_free(connection.dialect.name), row_of(record))):
        return None
    # Another gateway was faster, by the time between our look and our try.
    return record_of(connection.execute(select(TASKS).where(*mine)).mappings().one())


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
