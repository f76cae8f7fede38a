"""Ledgers for tests: records to write, and a look at what was written, past our own code."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from attempt.evidence import Answer
from attempt.outcome import Outcome
from gateway.ledger.address import Address, SQLiteFile
from gateway.ledger.leases import Me
from gateway.ledger.metrics import LedgerMetrics
from gateway.ledger.record import Record, answered, heard, submitting
from gateway.ledger.store import Store
from gateway.ledger.writer import Writer
from tests.integration.postgres_lab import Server

ACCEPTED = Answer(202, {"location": "/tasks/77?kind=x", "task-submitted": "yes"}, b'{"captcha_id": "77"}')
SOLVED = Answer(200, {"content-type": "application/json", "task-submitted": "yes"}, b'{"solution": "\xff\x00"}')


async def ask(address: Address, statement: str) -> list[dict[str, Any]]:
    """A database, past our own code."""
    if isinstance(address, SQLiteFile):
        with closing(sqlite3.connect(address.path, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(statement)]
    port, _, database = address.dsn.rpartition(":")[2].partition("/")
    return [dict(row) for row in await Server(Path(), int(port)).ask(statement, database)]


async def rows(address: Address) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in await ask(address, "SELECT * FROM nearway_tasks ORDER BY id")}


@asynccontextmanager
async def store_of(address: Address, run: str = "r1") -> AsyncIterator[Store]:
    made = Store(address, Me(run, f"gateway of {run}"))
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def writer_of(address: Address) -> AsyncIterator[Writer]:
    async with store_of(address) as store:
        made = Writer(store, LedgerMetrics(CollectorRegistry()), clock=time.monotonic)
        running = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


def record(name: str, arrived: float = 1000.0) -> Record:
    return Record(name, "acme", "g1", arrived, arrived + 60, run="r1")


def sent(name: str) -> Record:
    return submitting(record(name), "near", 1001.0)


def ended(name: str, arrived: float = 1000.0) -> Record:
    made = heard(submitting(record(name, arrived), "near", arrived), Outcome.ACCEPTED, ACCEPTED, ["near: tried"])
    return answered(made, SOLVED, "near", ["near: tried"], arrived + 10)
