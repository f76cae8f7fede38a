"""The waits under way, by region: each can be broken off when its region, or a worker there, no longer answers.

A wait that hangs tells nothing for as long as it may take; what else is known tells sooner.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Coroutine

from attempt.evidence import BrokenOff, Evidence

SETTLING = 0.5
"""Seconds from the news of a dead worker until its region's nginx sends it nothing more: a rendering and a reload."""

SPREAD = 1.0
"""Seconds over which a region's waits are asked again, so that they do not come all at once."""


class Held:
    """One gateway's; `is_cut_off` tells of a region whether it answers."""

    def __init__(self, is_cut_off: Callable[[str], bool], jitter: Callable[[], float] = random.random) -> None:
        self.is_cut_off = is_cut_off
        self._limits: defaultdict[str, dict[asyncio.Timeout, BrokenOff | None]] = defaultdict(dict)
        self._jitter = jitter

    async def hold(self, region: str, asking: Coroutine[None, None, Evidence]) -> Evidence:
        """What the region says, or that the wait was broken off."""
        limits = self._limits[region]
        limit = asyncio.timeout(None)
        try:
            async with limit:
                limits[limit] = None
                return await asking
        except TimeoutError:
            if (why := limits[limit]) is None:
                raise
            return why
        finally:
            del limits[limit]

    def leave(self, region: str) -> None:
        """The region does not answer: its waits go on elsewhere."""
        self._break_off(region, BrokenOff("it does not answer this gateway's probes", elsewhere=True), 0.0, 0.0)

    def ask_again(self, region: str) -> None:
        """A worker of the region fell silent, and nobody knows which waits it held."""
        self._break_off(region, BrokenOff("one of its workers fell silent", elsewhere=False), SETTLING, SPREAD)

    def _break_off(self, region: str, why: BrokenOff, after: float, within: float) -> None:
        now = asyncio.get_running_loop().time()
        for limit in self._limits[region]:
            if not limit.expired():
                self._limits[region][limit] = why
                limit.reschedule(now + after + within * self._jitter())
