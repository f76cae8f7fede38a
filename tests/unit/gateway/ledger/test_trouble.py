import sqlite3

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from gateway.ledger.schema import SchemaError
from gateway.ledger.trouble import TROUBLE, is_passing, words


def sqlite_error(code: int) -> OperationalError:
    cause = sqlite3.OperationalError("what SQLite says")
    cause.sqlite_errorcode = code
    return OperationalError("INSERT INTO secret", {}, cause)


def postgres_error(kind: type[asyncpg.PostgresError], text: str) -> DBAPIError:
    outer = Exception(text)
    outer.__cause__ = kind(text)
    return DBAPIError("INSERT INTO secret", {}, outer)


CASES = [
    (sqlite_error(sqlite3.SQLITE_BUSY), "another process holds its lock", True),
    (sqlite_error(sqlite3.SQLITE_BUSY | 2 << 8), "another process holds its lock", True),
    (sqlite_error(sqlite3.SQLITE_FULL), "no space", True),
    (sqlite_error(sqlite3.SQLITE_CORRUPT), "damaged", False),
    (sqlite_error(sqlite3.SQLITE_NOTADB), "no ledger, or damaged", False),
    (sqlite_error(sqlite3.SQLITE_READONLY), "permissions", False),
    (sqlite_error(sqlite3.SQLITE_ERROR), "what SQLite says", False),
    (postgres_error(asyncpg.AdminShutdownError, "terminating connection"), "terminating connection", True),
    (postgres_error(asyncpg.CannotConnectNowError, "is starting up"), "is starting up", True),
    (postgres_error(asyncpg.TooManyConnectionsError, "too many clients"), "too many clients", True),
    (postgres_error(asyncpg.DiskFullError, "no space\nleft"), "no space", True),
    (postgres_error(asyncpg.InvalidPasswordError, "wrong"), "wrong", False),
    (postgres_error(asyncpg.InvalidCatalogNameError, "does not exist"), "does not exist", False),
    (ConnectionRefusedError(111, "Connection refused"), "Connection refused", True),
    (PermissionError(13, "Permission denied"), "Permission denied", False),
    (TimeoutError(), "it gives no answer", True),
    (asyncpg.InternalClientError("cannot switch to state 12"), "its connection broke", True),
    (SchemaError("it is from the future"), "it is from the future", False),
]


@pytest.mark.parametrize(("error", "said", "passes"), CASES, ids=[said for _, said, _ in CASES])
def test_what_a_failure_means(error: BaseException, said: str, passes: bool) -> None:
    assert isinstance(error, TROUBLE)
    assert said in words(error)
    assert "INSERT" not in words(error)
    assert "\n" not in words(error)
    assert is_passing(error) is passes
