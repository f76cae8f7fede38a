"""The report, as text and as JSON."""

import json

from nearway.check_worker.rules import Line
from nearway.check_worker.verdict import Level, Mark


def as_text(lines: tuple[Line, ...], got: Level | None, tasks: int) -> str:
    """A line per rule, and what it comes to."""
    return "\n".join([*(f"{line.verdict.mark:4} {line.verdict.text}" for line in lines), summary(got, tasks)])


def as_json(lines: tuple[Line, ...], got: Level | None, tasks: int) -> str:
    """A JSON list of the same: an object per rule, and a last one with `reached` (null for nothing) and `tasks`."""
    rows: list[dict[str, object]] = [
        {"mark": line.verdict.mark, "rule": line.rule.name, "level": line.rule.level, "text": line.verdict.text} for line in lines
    ]
    mark = Mark.BAD if got is None else Mark.OK
    rows.append({"mark": mark, "rule": "level", "reached": got, "tasks": tasks, "text": summary(got, tasks)})
    return json.dumps(rows, indent=1)


def summary(got: Level | None, tasks: int) -> str:
    """What it comes to, and what it may have cost."""
    return f"level reached: {got or 'none'}; tasks submitted: {tasks}"
