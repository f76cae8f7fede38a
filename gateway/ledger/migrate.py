"""Bringing a ledger up to date: the steps of `schema.py`, taken in one transaction."""

from sqlalchemy import Connection, inspect, select, text, update

from gateway.ledger.schema import FIRST, SCHEMA, TASKS, VERSION, SchemaError, steps

_LOCK = 0x6E656172
"""PostgreSQL's advisory lock under which one gateway at a time does this; SQLite's transactions are one at a time anyway."""


def migrate(connection: Connection) -> None:
    """Inside a transaction. SchemaError when it is from the future or somebody else's; then it is left as it is."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    version = version_of(connection)
    todo = [*(FIRST if version is None else ()), *steps(version or 0, connection.dialect.name)]
    for statement in todo:
        connection.exec_driver_sql(statement)
    if todo:
        connection.execute(update(SCHEMA).values(version=VERSION))


def version_of(connection: Connection) -> int | None:
    """The version of the ledger that is there; None when there is none. SchemaError for tables that are none of ours."""
    names = inspect(connection).get_table_names()
    if SCHEMA.name in names:
        return int(connection.execute(select(SCHEMA.c.version)).scalar_one())
    if TASKS.name in names:
        raise SchemaError(f"it has a table {TASKS.name} and no {SCHEMA.name}: it is none of ours. Nothing was changed")
    return None
