"""The picture, kept up to date while anybody watches, and what changes in it, told to all of them: worked out once for all."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from contract.problem import ProblemError, problem
from gateway.dashboard.event import GREETING, event, identity, number_in
from gateway.dashboard.mailbox import Mailbox
from gateway.dashboard.patch import Picture, difference

INTERVAL = 1.0
"""Seconds from one picture to the next, at least. Each tells its time, so who watches knows that the gateway lives."""

RATE = 40_000
"""Bytes a second that one who watches is sent on average: after more, the next change waits, and changes are gathered."""

MOST_WATCHERS = 100

HISTORY = 20
"""Changes that are kept for those whose connection broke."""


class Live:
    """One gateway's. `look` makes a picture; `run` is a word that no other run of a gateway has."""

    def __init__(
        self, look: Callable[[], Picture], run: str, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._look, self._run, self._sleep = look, run, sleep
        self._boxes: set[Mailbox] = set()
        self._picture: Picture = {}
        self._number = 0
        self._whole = b""
        self._history: deque[tuple[int, bytes]] = deque(maxlen=HISTORY)
        self._closed = False

    async def keep(self) -> None:
        """Until cancelled. It costs nothing while nobody watches."""
        sent = 0
        while True:
            await self._sleep(max(INTERVAL, sent / RATE))
            sent = self._tell() if self._boxes else 0

    def is_watched(self) -> bool:
        """Whether anybody watches."""
        return bool(self._boxes)

    def close(self) -> None:
        """The gateway leaves: who watches goes elsewhere."""
        self._closed = True
        for box in self._boxes:
            box.close()

    @contextmanager
    def watching(self, last: str = "") -> Iterator[Mailbox]:
        """What comes: the picture and then its changes; only changes, when it had the event `last` a moment ago.

        ProblemError when as many watch as may.
        """
        if self._closed or len(self._boxes) >= MOST_WATCHERS:
            raise ProblemError(problem("TOO_MANY_WATCHERS", f"{len(self._boxes)} watch already", retry_after=5))
        if not self._boxes:
            self._tell()
        box = Mailbox()
        box.put(GREETING + self._since(last))
        self._boxes.add(box)
        try:
            yield box
        finally:
            self._boxes.discard(box)

    def _tell(self) -> int:
        before, self._picture = self._picture, self._look()
        self._number, self._whole = self._number + 1, b""
        change = event("change", difference(before, self._picture), identity(self._run, self._number))
        self._history.append((self._number, change))
        for box in self._boxes:
            box.put(change)
        return len(change)

    def _since(self, last: str) -> bytes:
        had = number_in(last, self._run)
        if had is not None and self._history[0][0] <= had + 1 <= self._number + 1:
            return b"".join(change for number, change in self._history if number > had)
        if not self._whole:
            self._whole = event("picture", self._picture, identity(self._run, self._number))
        return self._whole
