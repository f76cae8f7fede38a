"""What is done with the database, each in one transaction, and within a time."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, delete, select, update
from sqlalchemy.dialects import sqlite

from gateway.ledger.address import Address, SQLiteFile
from gateway.ledger.file import FileLine
from gateway.ledger.record import Record
from gateway.ledger.schema import TASKS, upsert
from gateway.ledger.server import ServerLine

Result = TypeVar("Result")

_FIELDS = tuple(column.name for column in TASKS.columns)
_UPSERT = upsert("postgresql")

_AT_ONCE = {rows: str(upsert("sqlite", rows).compile(dialect=sqlite.dialect())) for rows in (64, 16, 4, 1)}
"""Statements that write so many rows. Python's lock is handed over with each statement, which takes a while when the loop is
busy; a row at a time, 500 of them took two seconds."""


class Store:
    """Methods raise what `trouble.TROUBLE` lists; then nobody can say whether it was committed. All of them may be repeated."""

    def __init__(self, address: Address) -> None:
        self._line = FileLine(address.path) if isinstance(address, SQLiteFile) else ServerLine(address.dsn)
        self._one_at_a_time = asyncio.Lock()

    async def write(self, records: Sequence[Record]) -> None:
        """Durable when this returns. Without records it still takes what writing needs."""
        await self._do(lambda connection: _write(connection, records))

    async def scrub(self, before: float, most: int) -> int:
        """Forget the answers of tasks that ended before a time, of so many; how many they were."""
        return await self._do(lambda connection: _scrub(connection, before, most))

    async def prune(self, before: float, most: int) -> int:
        """Delete the rows of tasks that arrived before a time, so many; how many they were."""
        return await self._do(lambda connection: _prune(connection, before, most))

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
    if connection.dialect.name == "postgresql":
        if records:
            connection.execute(_UPSERT, [{name: getattr(record, name) for name in _FIELDS} for record in records])
        return
    begin = 0
    while begin < len(records):
        rows = next(rows for rows in _AT_ONCE if rows <= len(records) - begin)
        values = [getattr(record, name) for record in records[begin : begin + rows] for name in _FIELDS]
        connection.exec_driver_sql(_AT_ONCE[rows], tuple(values))
        begin += rows


def _scrub(connection: Connection, before: float, most: int) -> int:
    old = select(TASKS.c.id).where(TASKS.c.result.is_not(None), TASKS.c.ended < before)
    chosen = old.order_by(TASKS.c.ended).limit(most).with_for_update(skip_locked=True)
    return _count(connection.execute(update(TASKS).where(TASKS.c.id.in_(chosen)).values(result=None)))


def _prune(connection: Connection, before: float, most: int) -> int:
    old = select(TASKS.c.id).where(TASKS.c.arrived < before)
    chosen = old.order_by(TASKS.c.arrived).limit(most).with_for_update(skip_locked=True)
    return _count(connection.execute(delete(TASKS).where(TASKS.c.id.in_(chosen))))


def _count(result: CursorResult[Any]) -> int:
    return result.rowcount
