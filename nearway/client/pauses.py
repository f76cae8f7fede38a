"""How long to wait before a task is tried again, and for how long at all.

Pure.
"""

from dataclasses import dataclass, replace

SHORTEST, LONGEST = 0.25, 5.0
"""Seconds of the first pause, and of the longest. Each is twice the one before, less up to half of it at random."""

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Pauses:
    """Of one task: `until` is when its time is over, `silent_since` when the last answer of a gateway came, if none since."""

    until: float
    patience: float
    pause: float = SHORTEST
    silent_since: float = FOREVER

    def answered(self) -> "Pauses":
        """A gateway told something new."""
        return replace(self, pause=SHORTEST, silent_since=FOREVER)

    def after(self, now: float, named: float | None, jitter: float, *, silent: bool) -> tuple["Pauses", float | None]:
        """Seconds until the next try, None when there is no time for one. `named` by the gateway; `jitter` from 0 to 1."""
        since = min(self.silent_since, now) if silent else FOREVER
        wait = named if named is not None else self.pause * (1 - jitter / 2)
        following = replace(self, pause=min(LONGEST, self.pause * 2) if named is None else SHORTEST, silent_since=since)
        too_late = now + wait >= self.until or now + wait - since > self.patience
        return following, None if too_late else wait
