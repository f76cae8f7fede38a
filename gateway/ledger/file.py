"""The way to a SQLite file: one connection, in one thread of its own.

A transaction is one trip to the thread. With a driver that makes a trip of each statement the loop and the thread hand Python's
lock to and fro, and a busy loop gives it back only after `sys.getswitchinterval`, 5 ms by default.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from gateway.ledger.migrate import migrate
from gateway.ledger.rows import Row
from gateway.ledger.schema import SchemaError, write_to_file
from gateway.ledger.trouble import PATIENCE

SWITCH = 0.0005
"""Seconds after which a busy loop gives Python's lock to the thread."""

LOCK_PATIENCE = 1.0
"""Seconds for which SQLite waits for a lock that another process holds."""

Result = TypeVar("Result")


class FileLine:
    """Opened when it is first used; what was moved away is not written to any more."""

    def __init__(self, path: Path) -> None:
        sys.setswitchinterval(min(SWITCH, sys.getswitchinterval()))
        self._path = path
        self._engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool, hide_parameters=True)
        event.listen(self._engine, "connect", _set)
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._last: asyncio.Future[object] | None = None
        self._connection: Connection | None = None
        self._file: tuple[int, int] | None = None

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """Do the work in a transaction. TimeoutError after `PATIENCE`; the work then goes on all the same."""
        return await self._in_thread(partial(self._run, work))

    async def write(self, rows: Sequence[Row]) -> Sequence[str]:
        """Write task rows, durably; the ids of all that were written. TimeoutError as by `run`.

        It is one statement, which is a transaction of its own: each trip into SQLite hands Python's lock over.
        """
        values = tuple(value for row in rows for value in row.values())
        await self._in_thread(partial(self._execute, write_to_file(len(rows)), values))
        return [str(row["id"]) for row in rows]

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        async with asyncio.timeout(PATIENCE):
            if self._last is not None:
                await asyncio.wait([self._last])  # given up, and perhaps still under way: a second one would only queue up
            self._last = asyncio.get_running_loop().run_in_executor(self._thread, work)
            self._last.add_done_callback(_heard)
            return cast(Result, await asyncio.shield(self._last))

    async def drop(self) -> None:
        """The connection is not to be used again. Not waited for: what its thread does may never end."""
        self._thread.submit(self._drop)

    async def close(self) -> None:
        """Close the file."""
        await self.drop()
        self._thread.shutdown(wait=False)

    def _run(self, work: Callable[[Connection], Result]) -> Result:
        connection = self._connected()
        with connection.begin():
            return work(connection)

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        driver: Any = self._connected().connection.driver_connection
        driver.execute(statement, values)

    def _connected(self) -> Connection:
        if self._connection is not None and self._file != _identity(self._path):
            self._drop()
        if self._connection is None:
            self._connection = self._engine.connect()
            with self._connection.begin():
                migrate(self._connection)
            _write_ahead(self._connection)
            self._file = _identity(self._path)
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.invalidate()
                connection.close()


def _heard(given_up: asyncio.Future[object]) -> None:
    """Nobody may wait for it any more."""
    if not given_up.cancelled():
        given_up.exception()


def _set(driver: Any, _: object) -> None:
    driver.isolation_level = None  # a transaction begins where SQLAlchemy says so, with the lock that writing needs
    driver.execute(f"PRAGMA busy_timeout={int(1000 * LOCK_PATIENCE)}")
    driver.execute("PRAGMA synchronous=FULL")  # in WAL mode the default leaves a commit to the next checkpoint


def _write_ahead(connection: Connection) -> None:
    """WAL: readers and the writer don't stop each other, and a commit is one write. Not possible inside a transaction."""
    driver: Any = connection.connection.driver_connection
    (mode,) = driver.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":
        raise SchemaError("its file system can't share memory, as SQLite's WAL mode needs: put it on a disk of this machine")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
