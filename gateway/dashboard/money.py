"""What was spent today, by the ledger; since the gateway's start where none is kept. Looked up while somebody looks at it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.dashboard.books import Books, UnreadableError
from gateway.dashboard.seen import Seen

EVERY = 5.0
"""Seconds between two looks into the ledger, at least."""

SHARE = 20
"""A look that takes long is taken so many times its length later again."""

STEP = 1.0
"""Seconds between two questions whether somebody watches."""

PATIENCE = 0.3
"""Seconds a page waits for the first look."""


class Money:
    """One gateway's."""

    def __init__(
        self,
        books: Books,
        seen: Seen,
        is_watched: Callable[[], bool],
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._books, self._seen, self._is_watched = books, seen, is_watched
        self._clock, self._sleep = clock, sleep
        self._today: Mapping[str, Any] = {}
        self._next = -1.0
        self._looking: asyncio.Task[None] | None = None

    def told(self) -> Mapping[str, Any]:
        """The counts, and where they are from; with `trouble` when the ledger can't be read."""
        if self._books.are_kept and "trouble" not in self._today:
            return {"from": "ledger", **self._today}
        return {"from": "start", **self._seen.spent, **self._today}

    async def keep(self) -> None:
        """Until cancelled."""
        while self._books.are_kept:
            if self._is_watched():
                await self.refresh()
            await self._sleep(STEP)

    async def refresh(self) -> None:
        """Look again when it is time; who waits for it does so for a moment only."""
        if self._looking is None and self._books.are_kept and self._clock() >= self._next:
            self._looking = asyncio.create_task(self._look())
        if self._looking is not None:
            await asyncio.wait({self._looking}, timeout=PATIENCE)

    async def _look(self) -> None:
        begun = self._clock()
        try:
            self._today = await self._books.spent_today()
        except UnreadableError as error:
            self._today = {"trouble": str(error)}
        now = self._clock()
        self._next = now + max(EVERY, SHARE * (now - begun))
        self._looking = None
