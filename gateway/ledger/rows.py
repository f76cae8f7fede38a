"""A record as a row of its table, and back.

Pure.
"""

from typing import Any

from sqlalchemy import RowMapping

from contract.submitted import Submitted
from gateway.ledger.record import Record, State
from gateway.ledger.schema import TASKS

Row = dict[str, object]
"""The values by the names of their columns, in the order of the table's."""

_FIELDS = tuple(column.name for column in TASKS.columns)


def row_of(record: Record) -> Row:
    """All of it."""
    return {name: getattr(record, name) for name in _FIELDS}


def record_of(row: RowMapping) -> Record:
    """From a row with all columns."""
    given: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return Record(**{**given, "state": State(row["state"]), "money": Submitted(row["money"])})
