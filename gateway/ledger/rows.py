"""A record as a row of its table, and back.

Pure.
"""

from typing import Any

from sqlalchemy import RowMapping

from contract.submitted import Submitted
from gateway.ledger.record import Record, State
from gateway.ledger.schema import TASKS

_FIELDS = tuple(column.name for column in TASKS.columns)


def row_of(record: Record) -> dict[str, object]:
    """In the order of the table's columns."""
    return {name: getattr(record, name) for name in _FIELDS}


def record_of(row: RowMapping) -> Record:
    """From a row with all columns."""
    given: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return Record(**{**given, "state": State(row["state"]), "money": Submitted(row["money"])})
