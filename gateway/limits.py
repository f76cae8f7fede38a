"""What bounds a tenant's tasks.

Pure.
"""

from dataclasses import dataclass

from gateway.rate import Rate


@dataclass(frozen=True, slots=True)
class Limits:
    """None is no limit. `slots`: tasks in flight; `queue`: tasks that wait; `daily`: submissions on one day (UTC)."""

    slots: int | None = None
    queue: int | None = None
    rate: Rate | None = None
    daily: int | None = None
    hosts: frozenset[str] | None = None
    retry_unknown: bool = False
