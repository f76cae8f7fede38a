"""The way to a PostgreSQL: one connection."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from gateway.ledger.migrate import migrate
from gateway.ledger.rows import Row
from gateway.ledger.schema import write_to_server
from gateway.ledger.trouble import PATIENCE, TROUBLE

_WAIT_FOR_THE_DISK = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
"""A server may be set to say "committed" of what a power failure takes back; not to us."""

_WRITE = write_to_server()

Result = TypeVar("Result")


class ServerLine:
    """Opened when it is first used; `begun` is done with every new connection first. `dsn` is as libpq has it."""

    def __init__(self, dsn: str, begun: Callable[[Connection], None]) -> None:
        self._dsn, self._begun = dsn, begun
        self._engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=self._connect, poolclass=NullPool, hide_parameters=True
        )
        self._driver: Any = None
        self._connection: AsyncConnection | None = None
        self._was_cut = False

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """Do the work in a transaction. TimeoutError after `PATIENCE`."""
        return await self._in_time(self._run(work))

    async def write(self, rows: Sequence[Row]) -> Sequence[str]:
        """Write task rows, durably; the ids of those that were written. TimeoutError as by `run`.

        It is one statement, which is a transaction of its own, and one trip to the server.
        """
        return await self._in_time(self._write(rows))

    async def _run(self, work: Callable[[Connection], Result]) -> Result:
        connection = await self._connected()
        async with connection.begin():
            return await connection.run_sync(work)

    async def _write(self, rows: Sequence[Row]) -> Sequence[str]:
        await self._connected()
        written = await self._driver.fetch(_WRITE, *([row[name] for row in rows] for name in rows[0]))
        return [row["id"] for row in written]

    async def _in_time(self, doing: Coroutine[None, None, Result]) -> Result:
        # To cancel what is under way would not do: what was begun is then ended in good order, with the server's help.
        alarm = asyncio.get_running_loop().call_later(PATIENCE, self._cut)
        try:
            return await doing
        except TROUBLE:
            if self._was_cut:
                raise TimeoutError from None  # how it came apart says nothing
            raise
        finally:
            alarm.cancel()

    async def drop(self) -> None:
        """The connection is not to be used again."""
        self._cut()
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*TROUBLE):
                await connection.invalidate()
                await connection.close()

    async def close(self) -> None:
        """Close the connection."""
        await self.drop()
        await self._engine.dispose()

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._was_cut = False
            self._connection = await self._engine.connect()
            async with self._connection.begin():
                await self._connection.run_sync(migrate)
                await self._connection.execute(text(_WAIT_FOR_THE_DISK))
                await self._connection.run_sync(self._begun)
        return self._connection

    async def _connect(self) -> Any:
        self._driver = await asyncpg.connect(self._dsn, timeout=PATIENCE)
        return self._driver

    def _cut(self) -> None:
        if self._driver is not None:
            self._driver.terminate()
            self._was_cut = True
