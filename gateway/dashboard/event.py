"""Server-sent events (WHATWG HTML §9.2) as bytes.

Pure.
"""

import json
import re
from collections.abc import Mapping

RETRY = 2
"""Seconds after which a client that knows no better comes back."""

GREETING = f"retry: {RETRY * 1000}\n\n".encode()


def event(kind: str, data: Mapping[str, object], identity: str) -> bytes:
    """One event; its data are JSON in one line."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return f"event: {kind}\nid: {identity}\ndata: {text}\n\n".encode(errors="replace")


def identity(run: str, number: int) -> str:
    """An event's id: of this run of the gateway, and the picture's number."""
    return f"{run}-{number}"


def number_in(last: str, run: str) -> int | None:
    """The number in an id that a client had last; None when it is of another run, or none."""
    found = re.fullmatch(rf"{re.escape(run)}-([0-9]{{1,15}})", last)
    return int(found[1]) if found else None
