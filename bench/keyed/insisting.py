"""A client that insists: it sends its task again at random moments, to any gateway, until it has an answer for good."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from demo.layout import PLACES
from tests.system.whole import Solved, Whole

PATIENCE = 240.0
"""Seconds after which a client gives up: its task is lost then."""

SHORTEST, LONGEST = 0.2, 6.0
"""Seconds that a client waits at one gateway; drawn anew each time."""

ALSO = 0.5
"""Share of the repetitions that go beside the one before, and not instead of it."""


@dataclass
class Insisting:
    """One client and its task. `final` are all answers for good that it got."""

    label: str
    gateways: list[str]
    chance: random.Random
    sent: int = 0
    final: list[Solved] = field(default_factory=list)

    async def insist(self, here: Whole) -> None:
        """Until there is an answer for good, or the patience is over."""
        seconds, region = self.chance.uniform(0.5, 3.0), self.chance.choice(PLACES).region
        asking: set[asyncio.Task[None]] = set()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not self.final:
                    if self.chance.random() > ALSO:
                        _leave(asking)
                    asking.add(asyncio.create_task(self._ask(here, region, seconds)))
                    await asyncio.wait(asking, timeout=self.chance.uniform(SHORTEST, LONGEST), return_when="FIRST_COMPLETED")
                    asking = {one for one in asking if not one.done()}
        _leave(asking)

    async def _ask(self, here: Whole, region: str, seconds: float) -> None:
        self.sent += 1
        gateway = self.chance.choice(self.gateways)
        headers = {"Idempotency-Key": self.label, "Nearway-Deadline": "120"}
        try:
            told = await here.solve(region, self.label, seconds, gateway=gateway, **headers)
        except (aiohttp.ClientError, OSError, ValueError):
            told = None
        if told is not None and (told.right or told.headers.get("Task-Submitted") != "no") and told.status not in (202, 409):
            self.final.append(told)
        else:
            await asyncio.sleep(self.chance.uniform(0.3, 1.5))


def _leave(asking: set[asyncio.Task[None]]) -> None:
    for one in asking:
        one.cancel()
