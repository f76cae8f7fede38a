"""What waits to be sent to one who watches: so much and no more."""

import asyncio
from collections import deque

MOST = 1024 * 1024
"""Bytes. Who reads slower than that is behind the time anyhow, and is cut off: it comes back, to the newest picture."""


class TooSlowError(Exception):
    """It did not read what was sent to it."""


class ClosedError(Exception):
    """Nothing more will come."""


class Mailbox:
    """Of one who watches."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._size = most, 0
        self._waiting: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._closed = False

    def put(self, piece: bytes) -> None:
        """Something to send."""
        self._size += len(piece)
        if self._size <= self._most:
            self._waiting.append(piece)
        self._news.set()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._news.set()

    async def take(self) -> bytes:
        """All that waits. TooSlowError when it was too much, ClosedError when nothing will come."""
        await self._news.wait()
        if self._size > self._most:
            raise TooSlowError
        if not self._waiting and self._closed:
            raise ClosedError
        pieces = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        if not self._closed:
            self._news.clear()
        return pieces
