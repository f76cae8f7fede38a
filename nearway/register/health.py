"""What a program's answer to its health check means for the region.

Pure.
"""

import json
from dataclasses import dataclass

from discovery.instance import Health

BUSY = ("overloaded", "busy", "full", "at_capacity")
"""What the `status` of a 503 says where the program is well and merely has no free slot."""

SLOW_LOOKS = 3
"""Looks in a row without an answer in time that make a program dead."""

TEXTS = {
    Health.PASSING: "its health check passes",
    Health.WARNING: "it is overloaded: no slot is free",
    Health.CRITICAL: "its health check fails",
}
"""What Consul is told with each state. Constant: another text is a change, which wakes whoever watches."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the health check."""

    status: int
    body: bytes = b""

    def __str__(self) -> str:
        return str(self.status)


@dataclass(frozen=True, slots=True)
class Silence:
    """None came, and why; `slow` when it merely did not come in time."""

    why: str
    slow: bool = False

    def __str__(self) -> str:
        return self.why


Seen = Answer | Silence


def state_of(seen: Seen) -> Health:
    """2xx passes and 429 warns, as with Consul's own checks; so does a 503 that says it is overloaded. All else is critical."""
    if isinstance(seen, Silence):
        return Health.CRITICAL
    if 200 <= seen.status < 300:
        return Health.PASSING
    if seen.status == 429 or (seen.status == 503 and _says(seen.body) in BUSY):
        return Health.WARNING
    return Health.CRITICAL


def state_after(before: Health | None, seen: Seen, slow: int) -> Health:
    """The state after a look, where this is one of `slow` in a row without an answer in time.

    A program that is up to its neck in work answers late: the first such looks change nothing.
    """
    late = isinstance(seen, Silence) and seen.slow and slow < SLOW_LOOKS
    return before if late and before is not None else state_of(seen)


def is_there(seen: Seen) -> bool:
    """Whether the program is up: it answers its health check, whatever of its load it says."""
    return state_of(seen) is not Health.CRITICAL


def _says(body: bytes) -> str:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    status = said.get("status") if isinstance(said, dict) else None
    return status.lower() if isinstance(status, str) else ""
