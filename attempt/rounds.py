"""The rhythm of asking for a task that is paid for: who was asked in vain is left, and all of them are asked again after a pause.

Pure.
"""

from attempt.evidence import Answer, Evidence

WAIT = 20.0
"""Seconds of one wait: long enough to cost nothing."""

LATE = 3.0
"""Seconds an answer may take beyond the wait it was asked for."""

SHORTEST_ROUND = 0.25
"""Seconds between two questions in one place, for workers that leave say "not yet" at once."""

LONGEST_PAUSE = 2.0
"""Seconds between two rounds over all places in vain."""


def next_location(evidence: Evidence, location: str) -> str:
    """Where to ask after a wait that ended too early: a worker that answered for another's task may name itself."""
    return evidence.headers.get("location", location) if isinstance(evidence, Answer) else location


def pause_after(rounds_in_vain: int) -> float:
    """Seconds to wait once all were asked in vain so many times."""
    return min(LONGEST_PAUSE, SHORTEST_ROUND * 2.0 ** min(rounds_in_vain - 1, 10))
