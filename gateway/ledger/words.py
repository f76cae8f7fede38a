"""A ledger's answers in words, as tables and as JSON.

Pure. What comes from outside was freed of control characters when it was written, but for the sentences of the trail.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from contract.one_line import masked
from contract.submitted import Submitted
from gateway.ledger.questions import COUNTS, DAY
from gateway.ledger.record import ENDS, State

Row = Mapping[str, object]

MARGIN = 5.0
"""Seconds after its deadline in which a task may still be ending."""

_MONEY = {
    Submitted.NO: "nothing was spent",
    Submitted.YES: "it is paid for",
    Submitted.UNKNOWN: "whether it is paid for is not known",
}


def spend_table(rows: Sequence[Row], by: Sequence[str]) -> str:
    """A line for each group, and one for all of them when there are several."""
    lines = [[_group(name, row[name]) for name in by] + [str(row[count]) for count in COUNTS] for row in rows]
    if len(rows) != 1 and by:
        lines.append(["all", *[""] * (len(by) - 1), *(str(sum(_number(row[count]) for row in rows)) for count in COUNTS)])
    return _table([*by, *COUNTS], lines, right=len(by))


def spend_json(rows: Sequence[Row], by: Sequence[str]) -> str:
    """An array of objects."""
    return json.dumps([{**{name: _group(name, row[name]) for name in by}, **{one: row[one] for one in COUNTS}} for row in rows])


def tasks_table(rows: Sequence[Row], now: float) -> str:
    """A line for each task."""
    head = ["task", "arrived", "tenant", "state", "money", "region", "captcha id", "error"]
    lines = [
        [
            str(row["id"]), time_of(row["arrived"]), _text(row["tenant"]), state_of(row, now), str(row["money"]),
            _text(row["region"]), _text(row["captcha_id"]), _text(row["error"]),
        ]
        for row in rows
    ]  # fmt: skip
    return _table(head, lines, right=len(head))


def tasks_json(rows: Sequence[Row]) -> str:
    """An array of objects, with times in seconds since 1970."""
    return json.dumps([_plain(row) for row in rows])


def story(row: Row, now: float) -> str:
    """One task's life in sentences."""
    whose = f" for {row['tenant']}" if row["tenant"] else ""
    lines = [
        f"Task {row['id']}",
        f"{time_of(row['arrived'])}  it came to {row['gateway']}{whose}, with {_seconds(row['arrived'], row['deadline'])} to go",
        *(f"{'':19}  {masked(line)}" for line in json.loads(str(row["trail"]))),
    ]
    if row["submitted"] is not None:
        lines.append(f"{time_of(row['submitted'])}  it was last handed over, to {row['region']}{_taken(row)}")
    return "\n".join([*lines, _end(row, now), f"Money: {_MONEY[Submitted(str(row['money']))]}.", *_answer(row), *_callback(row)])


def state_of(row: Row, now: float) -> str:
    """The state; what is not ended long after its deadline was lost with its gateway."""
    state = State(str(row["state"]))
    return str(state) if state in ENDS or now <= _float(row["deadline"]) + MARGIN else f"{state} (lost)"


def time_of(seconds: object) -> str:
    """A time in UTC."""
    return datetime.fromtimestamp(_float(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S")


def _taken(row: Row) -> str:
    worker = f", worker {row['worker']}" if row["worker"] else ""
    return f"{worker}; its id at the API is {row['captcha_id']}" if row["captcha_id"] else worker


def _end(row: Row, now: float) -> str:
    if row["ended"] is None:
        lost = "Its gateway ended before it did." if "lost" in state_of(row, now) else "It is under way."
        return f"It is {row['state']}. {lost}"
    code = f" with {row['error']}" if row["error"] else ""
    return f"{time_of(row['ended'])}  {row['state']}{code}, after {_seconds(row['arrived'], row['ended'])}"


def _answer(row: Row) -> list[str]:
    result = row["result"]
    if not isinstance(result, bytes):
        return []
    return [f"Answer ({row['status']}): {masked(result.decode(errors='replace'))}"]


def _callback(row: Row) -> list[str]:
    host = row["callback_host"]
    if not host:
        return []
    last = f"last {masked(str(row['callback_end']))}" if row["callback_end"] else "nothing is known of one yet"
    when = "" if row["callback_due"] is None else f"; due at {time_of(row['callback_due'])}"
    return [f"Callback to {host}, {row['callback_tries']} tries: {last}{when}"]


def _plain(row: Row) -> dict[str, object]:
    made = {name: value for name, value in row.items() if name != "trail"}
    result = made.get("result")
    if isinstance(result, bytes):
        made["result"] = result.decode(errors="replace")
    return {**made, "trail": json.loads(str(row["trail"]))}


def _group(name: str, value: object) -> str:
    if name == "day":
        return datetime.fromtimestamp(_number(value) * DAY, UTC).strftime("%Y-%m-%d")
    return _text(value)


def _table(head: Sequence[str], lines: Sequence[Sequence[str]], *, right: int) -> str:
    """Columns from `right` on are numbers."""
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number >= right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in [head, *lines]
    )


def _text(value: object) -> str:
    return str(value) if value else "-"


def _seconds(begun: object, ended: object) -> str:
    return f"{_float(ended) - _float(begun):.1f} s"


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _number(value: object) -> int:
    return int(value) if isinstance(value, int) else 0
