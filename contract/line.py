"""A log line for a person at a terminal.

Pure. What stands in an event comes from anywhere; nothing in it begins a line of its own or moves the cursor.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any

from contract.printable import printable

FIRST = ("time", "level", "logger", "event")
_COLOURS = {"debug": "2", "warning": "33", "error": "31", "critical": "1;31"}
"""By level, as SGR parameters (ECMA-48)."""


def console_line(event: Mapping[str, Any], *, colours: bool = False) -> str:
    """Time, level, who says it, what, then the rest as `name=value`; a traceback below, indented."""
    level = str(event.get("level", ""))
    at, who, what = (printable(event.get(name, "")) for name in ("time", "logger", "event"))
    head = f"{at} {level.upper()} {who} {what}"
    if colours and level in _COLOURS:
        head = f"\x1b[{_COLOURS[level]}m{head}\x1b[0m"
    rest = (f"{name}={_value(value)}" for name, value in event.items() if name not in (*FIRST, "exception"))
    below = (f"    {printable(line)}" for line in str(event.get("exception", "")).splitlines())
    return "\n".join([" ".join([head, *rest]), *below])


def _value(value: object) -> str:
    text = printable(value)
    return text if text and " " not in text and '"' not in text else f'"{text}"'


def in_order(event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The same with what every event has in front."""
    return {name: event.pop(name) for name in FIRST if name in event} | dict(event)
