"""A task of the input, and the key under which it is paid for once.

Pure.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    """A task. `line` is where it begins in the input, from 1; `id` is what its owner calls it, None where it has no name."""

    line: int
    task: Mapping[str, object] = field(repr=False)
    id: object = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line of the input that is no task, and why."""

    line: int
    why: str


def idempotency_key(run: str, item: Item) -> str:
    """The same for the same line with the same task in the same run, and for nothing else."""
    task = json.dumps(item.task, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{run}\n{item.line}\n{task}".encode()).hexdigest()[:40]
