"""What a failure of the database means, in words for the operator.

Pure. SQLite: https://www.sqlite.org/rescode.html. PostgreSQL: its manual, appendix A.
"""

import sqlite3

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gateway.ledger.schema import SchemaError

TROUBLE = (
    SQLAlchemyError,
    sqlite3.Error,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    SchemaError,
)
"""All that using the ledger may raise. TimeoutError is one of OSError; asyncpg's last one comes of a connection that breaks in
the moment it is used."""

PATIENCE = 3.0
"""Seconds that a transaction may take. A ledger that takes longer counts as away."""

_SQLITE = {
    sqlite3.SQLITE_BUSY: "another process holds its lock",
    sqlite3.SQLITE_LOCKED: "another process holds its lock",
    sqlite3.SQLITE_FULL: "there is no space left on its disk",
    sqlite3.SQLITE_READONLY: "it can't be written: look at the permissions of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened: look at the permissions of the file and its folder",
    sqlite3.SQLITE_IOERR: "its disk fails",
    sqlite3.SQLITE_CORRUPT: "it is damaged: put a copy in its place, or move it away to begin a new one",
    sqlite3.SQLITE_NOTADB: "it is no ledger, or damaged: put a copy in its place, or move it away to begin a new one",
}

_PASSING_SQLITE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL)

_PASSING_CLASSES = ("08", "53", "57", "58")
"""Of SQLSTATE: connection lost, no room, operator's doing (stopped, starting), its system failed."""


def words(error: BaseException) -> str:
    """A failure in a few words, without a password or a statement in them."""
    cause = _cause(error)
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get(_primary(cause), str(cause))
    if isinstance(cause, TimeoutError):
        return "it gives no answer"
    if isinstance(cause, asyncpg.InternalClientError):
        return "its connection broke"
    return str(cause).strip().split("\n")[0] or type(cause).__name__


def is_passing(error: BaseException) -> bool:
    """Whether waiting may help: else somebody has to mend a setting or the database, before a gateway starts."""
    cause = _cause(error)
    if isinstance(cause, sqlite3.Error):
        return _primary(cause) in _PASSING_SQLITE
    if isinstance(cause, asyncpg.PostgresError):
        return str(getattr(cause, "sqlstate", "") or "")[:2] in _PASSING_CLASSES
    return isinstance(cause, OSError | asyncpg.InternalClientError) and not isinstance(cause, PermissionError)


def _primary(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _cause(error: BaseException) -> BaseException:
    """What the driver said, under what SQLAlchemy made of it."""
    found = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    inner = found.__cause__
    return inner if isinstance(inner, asyncpg.PostgresError | asyncpg.InterfaceError | OSError | sqlite3.Error) else found
