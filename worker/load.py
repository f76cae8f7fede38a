"""How busy a worker is, and what it says of itself."""

import json
from dataclasses import dataclass, replace
from enum import StrEnum

OVERLOADED = 0.9
"""The load, as a share of all slots, from which on a worker asks to be spared."""


class State(StrEnum):
    """What a worker says of itself, the gravest that applies."""

    HEALTHY = "healthy"
    OVERLOADED = "overloaded"
    PAUSED = "paused"
    """The API refused the account: new tasks would only be refused."""
    DRAINING = "draining"


_READY = {State.HEALTHY: 200, State.OVERLOADED: 429, State.PAUSED: 503, State.DRAINING: 503}
_HEALTHY = {State.HEALTHY: 200, State.OVERLOADED: 503, State.PAUSED: 503, State.DRAINING: 503}


@dataclass(frozen=True, slots=True)
class Load:
    """Requests held, out of the slots there are. Waits are held too, and may go beyond `capacity`; new tasks may not."""

    capacity: int
    active: int = 0

    @property
    def full(self) -> bool:
        """Whether a new task must be refused."""
        return self.active >= self.capacity

    def taken(self) -> "Load":
        """The load with one more."""
        return replace(self, active=self.active + 1)

    def released(self) -> "Load":
        """The load with one less; ValueError if there is none."""
        if self.active == 0:
            raise ValueError("a slot was given back twice")
        return replace(self, active=self.active - 1)

    def state(self, *, draining: bool, paused: bool) -> State:
        """The gravest state that applies."""
        if draining:
            return State.DRAINING
        if paused:
            return State.PAUSED
        return State.OVERLOADED if self.active >= OVERLOADED * self.capacity else State.HEALTHY

    def health(self, state: State, reason: str | None) -> tuple[int, bytes]:
        """Status and JSON of `/health`; `reason` is the API's code while paused."""
        told: dict[str, object] = {
            "status": state.value,
            "active_tasks": self.active,
            "max_concurrent": self.capacity,
            "load_pct": round(100 * self.active / self.capacity, 1),
        }
        return _HEALTHY[state], json.dumps({**told, "reason": reason} if reason else told).encode()


def ready(state: State) -> tuple[int, bytes]:
    """Status and text of `/ready`: 2xx passes, 429 is a warning, the rest is critical. Constant per state, for Consul wakes every
    watcher when a check's output changes."""
    return _READY[state], f"{state.value}\n".encode()
