"""How long we wait for a client that is sending.

Pure.
"""

from dataclasses import dataclass, replace

MOST = 20.0
"""Seconds."""

LEAST_RATE = 10_000
"""Bytes of a body a second: who is slower uses up our patience, who is faster gains it back."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that are left. A head gets `MOST` in all, a body as long as it comes at `LEAST_RATE`."""

    left: float = MOST

    def after(self, seconds: float, received: int) -> "Patience":
        """What is left after so long a wait that brought so many bytes of a body."""
        return replace(self, left=max(0.0, min(MOST, self.left - seconds + received / LEAST_RATE)))
