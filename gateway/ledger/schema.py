"""The ledger's tables, and the numbered steps that have led to them.

Pure. A step that was released is never changed: `TASKS` is what all steps together make, and a test holds the two to each other.
"""

from functools import cache

from sqlalchemy import Column, Double, Insert, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects import postgresql, sqlite

_METADATA = MetaData()

SCHEMA = Table("nearway_schema", _METADATA, Column("version", Integer, nullable=False))
"""One row: how many of the steps were taken."""

TASKS = Table(
    "nearway_tasks",
    _METADATA,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("gateway", Text, nullable=False),
    Column("arrived", Double, nullable=False),
    Column("deadline", Double, nullable=False),
    Column("key", Text),
    Column("fingerprint", Text),
    Column("state", Text, nullable=False),
    Column("money", Text, nullable=False),
    Column("region", Text),
    Column("worker", Text),
    Column("captcha_id", Text),
    Column("location", Text),
    Column("error", Text),
    Column("trail", Text, nullable=False),
    Column("submitted", Double),
    Column("ended", Double),
    Column("status", Integer),
    Column("content_type", Text),
    Column("result", LargeBinary),
    Column("callback", Text),
    Column("callback_host", Text),
    Column("callback_due", Double),
    Column("callback_tries", Integer, nullable=False),
    Column("callback_end", Text),
    Column("run", Text),
)
"""A row for each task; `record.Record` says what stands in it."""

GATEWAYS = Table(
    "nearway_gateways",
    _METADATA,
    Column("run", Text, primary_key=True),
    Column("gateway", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("until", Double, nullable=False),
)
"""A row for each gateway that shares this ledger; `leases.py` says what stands in it."""

_STEPS = (
    (
        "CREATE TABLE nearway_tasks (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, gateway TEXT NOT NULL, "
        "arrived DOUBLE PRECISION NOT NULL, deadline DOUBLE PRECISION NOT NULL, key TEXT, fingerprint TEXT, "
        "state TEXT NOT NULL, money TEXT NOT NULL, region TEXT, worker TEXT, captcha_id TEXT, location TEXT, error TEXT, "
        "trail TEXT NOT NULL, submitted DOUBLE PRECISION, ended DOUBLE PRECISION, status INTEGER, content_type TEXT, "
        "result {bytes})",
        "CREATE INDEX nearway_tasks_arrived ON nearway_tasks (arrived)",
        "CREATE INDEX nearway_tasks_results ON nearway_tasks (ended) WHERE result IS NOT NULL",
    ),
    ("CREATE UNIQUE INDEX nearway_tasks_key ON nearway_tasks (tenant, key) WHERE key IS NOT NULL",),
    (
        "ALTER TABLE nearway_tasks ADD COLUMN callback TEXT",
        "ALTER TABLE nearway_tasks ADD COLUMN callback_host TEXT",
        "ALTER TABLE nearway_tasks ADD COLUMN callback_due DOUBLE PRECISION",
        "ALTER TABLE nearway_tasks ADD COLUMN callback_tries INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE nearway_tasks ADD COLUMN callback_end TEXT",
        "CREATE INDEX nearway_tasks_callbacks ON nearway_tasks (callback_due) WHERE callback_due IS NOT NULL",
    ),
    (
        "ALTER TABLE nearway_tasks ADD COLUMN run TEXT",
        "CREATE INDEX nearway_tasks_open ON nearway_tasks (run) WHERE ended IS NULL",
        "CREATE TABLE nearway_gateways (run TEXT PRIMARY KEY, gateway TEXT NOT NULL, "
        "since DOUBLE PRECISION NOT NULL, until DOUBLE PRECISION NOT NULL)",
    ),
)

VERSION = len(_STEPS)

_BYTES = {"sqlite": "BLOB", "postgresql": "BYTEA"}

FIRST = ("CREATE TABLE nearway_schema (version INTEGER NOT NULL)", "INSERT INTO nearway_schema VALUES (0)")
"""What a new ledger begins with."""


class SchemaError(Exception):
    """What is there is no ledger that this program may write; the text says why and what to do."""


def steps(version: int, dialect: str) -> list[str]:
    """The statements that lead from a version to ours, none when it is ours. SchemaError when it is from the future."""
    if version > VERSION:
        raise SchemaError(
            f"it is of version {version}, and this gateway knows versions up to {VERSION}: it was written by a newer gateway. "
            "Run that one, or give this one another LEDGER_URL. Nothing was changed"
        )
    return [statement.format(bytes=_BYTES[dialect]) for step in _STEPS[version:] for statement in step]


_CALLBACK = ("callback", "callback_host", "callback_due", "callback_tries", "callback_end")
"""Written with the new row, and from then on by who sends the callback only."""

_NEVER_CHANGE = ("id", "tenant", "gateway", "arrived", "deadline", "key", "fingerprint", *_CALLBACK)


def insert_if_key_is_free(dialect: str) -> Insert:
    """Write a new row, unless its tenant has one with its key."""
    made = sqlite.insert(TASKS) if dialect == "sqlite" else postgresql.insert(TASKS)
    return made.on_conflict_do_nothing(index_elements=["tenant", "key"], index_where=TASKS.c.key.is_not(None))


_TYPES = {Text: "TEXT", Double: "DOUBLE PRECISION", Integer: "INTEGER", LargeBinary: "BYTEA"}

_NAMES = tuple(column.name for column in TASKS.columns)

_WRITE = f"""INSERT INTO nearway_tasks ({", ".join(_NAMES)}) {{rows}} ON CONFLICT (id)
DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _NAMES if name not in _NEVER_CHANGE)}
WHERE nearway_tasks.run = excluded.run OR (excluded.money = 'yes' AND nearway_tasks.state <> 'solved'
AND (nearway_tasks.money <> 'yes' OR excluded.ended IS NOT NULL))"""
"""Whole rows, whatever stood there of the tasks: safe to repeat.

A row is its run's, and nobody else's word counts, above all not that it is about to be submitted. But that a task is paid for may
be written by whoever knows it, and so may its end, until its answer stands there.
"""


@cache
def write_to_file(rows: int) -> str:
    """SQLite's statement for so many rows; its parameters are their values, row by row."""
    return _WRITE.format(rows="VALUES " + ", ".join([f"({', '.join('?' * len(_NAMES))})"] * rows))


def write_to_server() -> str:
    """PostgreSQL's statement for any number of rows; its parameters are their values, a list for each column.

    It gives the ids of the rows that were written.
    """
    lists = ", ".join(f"${number}::{_TYPES[type(column.type)]}[]" for number, column in enumerate(TASKS.columns, start=1))
    return _WRITE.format(rows=f"SELECT * FROM unnest({lists})") + " RETURNING id"  # noqa: S608 - numbers and types of ours
