"""What came of a task, as it is written: a JSON object, or a line of CSV.

Pure.
"""

import csv
import io
import json
from collections.abc import Mapping

from contract.submitted import Submitted
from nearway.client.errors import NearwayError
from nearway.client.solution import Solution
from nearway.solve.item import Item

Row = Mapping[str, object]

COLUMNS = ("line", "id", "solution", "captcha_id", "region", "task", "error", "detail", "submitted", "may_retry")
"""`error` is empty when it is solved; `submitted` says whether it is paid for: `no`, `yes` or `unknown`."""


def row_of(item: Item, end: Solution | NearwayError) -> Row:
    """Of a task that ended."""
    row: dict[str, object] = dict.fromkeys(COLUMNS)
    row |= {"line": item.line, "id": item.id}
    if isinstance(end, Solution):
        told = {"solution": end.solution, "captcha_id": end.captcha_id, "region": end.region, "task": end.task}
        return {**row, **told, "submitted": str(Submitted.YES), "may_retry": False}
    told = {"task": end.task, "error": end.code, "detail": end.detail, "submitted": str(end.submitted)}
    return {**row, **told, "may_retry": end.may_retry}


def too_old(item: Item) -> Row:
    """Of a task that was sent so long ago that gateways have forgotten its key, and whose end nobody heard."""
    told = "It was sent more than 24 hours ago, and may be paid for; --again sends it again, and may pay twice"
    row: dict[str, object] = {**dict.fromkeys(COLUMNS), "line": item.line, "id": item.id, "detail": told}
    return {**row, "error": "SUBMISSION_UNKNOWN", "submitted": str(Submitted.UNKNOWN), "may_retry": False}


def is_final(row: Row) -> bool:
    """Whether it stands in a later run: it is solved, or another try would be another task."""
    return row["error"] is None or (row["submitted"] != str(Submitted.NO) and not row["may_retry"])


def heading(form: str) -> str:
    """What is written before the first."""
    return _line(COLUMNS) if form == "csv" else ""


def written(row: Row, form: str) -> str:
    """A row, with the end of its line."""
    return _line([_cell(row[name]) for name in COLUMNS]) if form == "csv" else json.dumps(row) + "\n"


def _cell(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value)


def _line(cells: list[str] | tuple[str, ...]) -> str:
    into = io.StringIO()
    csv.writer(into, lineterminator="\n").writerow(cells)
    return into.getvalue()
