"""When a callback that failed is sent again.

Pure. Pauses double, so that a receiver that is down for a minute hears soon, and one that is down for hours is not pressed.
"""

FIRST, LONGEST = 5.0, 3600.0
"""Seconds of the first pause and of the longest."""

SPREAD = 0.25
"""By how much of itself a pause is longer or shorter, so that those that failed together do not come again together."""


def pause_after(tries: int, chance: float, wanted: float = 0.0) -> float:
    """Seconds from a try that failed to the next; `tries` were made, at least one.

    `chance` is from 0 to 1. `wanted` are the seconds that the receiver has asked for (`Retry-After`).
    """
    pause = min(LONGEST, FIRST * 2.0 ** min(tries - 1, 30))
    return max(pause, min(wanted, LONGEST)) * (1 - SPREAD + 2 * SPREAD * chance)


def next_try(now: float, since: float, pause: float, within: float) -> float | None:
    """When it is sent again; None when it is given up: all tries are made within so many seconds of the task's end."""
    return now + pause if now + pause <= since + within else None
