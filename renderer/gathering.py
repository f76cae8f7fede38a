"""Gathering changes, so that many that come together cost one reload. Pure.

Additions wait for quiet; a removal waits for nothing but the spacing of reloads, and takes along what was gathered.
"""

from dataclasses import dataclass, replace

from renderer.caution import Caution, Pace
from renderer.duration import Duration

CROWDED = Duration(10_000)
"""The spacing of reloads while there are too many processes of before earlier ones."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A text that is not served yet: when the first change came, and when the last one (seconds of the loop's clock)."""

    text: str
    first: float
    last: float


def gather(so_far: Gathered | None, text: str, now: float) -> Gathered:
    """What is gathered once `text` is wanted."""
    if so_far is None:
        return Gathered(text, now, now)
    return so_far if so_far.text == text else replace(so_far, text=text, last=now)


def due(gathered: Gathered, pace: Pace, *, removes: bool, tried_at: float | None) -> float:
    """When it goes out. `tried_at` is when the last change did, or was tried."""
    spaced = gathered.first if tried_at is None else tried_at + pace.spacing.seconds
    if removes:
        return max(gathered.first, spaced)
    quiet = min(gathered.last + pace.wait.least.seconds, gathered.first + pace.wait.most.seconds)
    return max(quiet, spaced)


def spaced(caution: Caution, old: int) -> Pace:
    """The pace to go by while so many old processes live: each holds memory until its last request ends, minutes perhaps."""
    if old < caution.old_processes:
        return caution
    return caution.model_copy(update={"spacing": max(caution.spacing, CROWDED)})
