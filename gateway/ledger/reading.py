"""Reading a ledger beside the gateways that write it. Nothing is changed, and nothing waits for us."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import asyncpg
from sqlalchemy import URL, Connection, Select, create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.ledger.address import Address, PostgreSQL, SQLiteFile
from gateway.ledger.migrate import version_of
from gateway.ledger.schema import VERSION, SchemaError

PATIENCE = 10.0
"""Seconds to connect."""

Rows = list[dict[str, object]]


def read(address: Address, question: Callable[[str], Select[Any]]) -> Rows:
    """The rows that a question finds; it is told which database it is for. Raises what `trouble.TROUBLE` lists."""

    def ask(connection: Connection) -> Rows:
        version = version_of(connection)
        if version != VERSION:
            raise SchemaError(_other(version))
        return [dict(row) for row in connection.execute(question(connection.dialect.name)).mappings()]

    return _from_file(address, ask) if isinstance(address, SQLiteFile) else asyncio.run(_from_server(address, ask))


def _from_file(address: SQLiteFile, ask: Callable[[Connection], Rows]) -> Rows:
    if not address.path.exists():
        raise FileNotFoundError("there is no such file: set LEDGER_URL or STATE_DIRECTORY as its gateway has them")
    url = URL.create("sqlite", database=f"file:{quote(str(address.path))}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        return ask(connection)


async def _from_server(address: PostgreSQL, ask: Callable[[Connection], Rows]) -> Rows:
    async def connect() -> Any:
        return await asyncpg.connect(address.dsn, timeout=PATIENCE, server_settings={"default_transaction_read_only": "on"})

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool, hide_parameters=True)
    async with engine.connect() as connection:
        return await connection.run_sync(ask)


def _other(version: int | None) -> str:
    if version is None:
        return "there is no ledger in it yet: a gateway makes one when it starts"
    if version < VERSION:
        return f"it is of version {version}, not {VERSION}: a gateway of this version brings it up to date when it starts"
    return f"it is of version {version}, not {VERSION}: use the program that came with the newer gateway"
