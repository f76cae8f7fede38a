"""What blocks while it is read, such as a pipe, for an event loop."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

AHEAD = 100
"""Things read before they are asked for."""


class Feed(Generic[Thing]):
    """Reads an iterator in a thread of its own, which ends with the program, however long it blocks."""

    def __init__(self, things: Iterator[Thing]) -> None:
        self._things, self._loop = things, asyncio.get_running_loop()
        self._room = threading.Semaphore(AHEAD)
        self._read: asyncio.Queue[tuple[Thing | None, Exception | None]] = asyncio.Queue()
        threading.Thread(target=self._run, name="nearway-feed", daemon=True).start()

    async def next(self) -> Thing | None:
        """The next one, None after the last, then and ever after. What reading it raised is raised."""
        thing, error = await self._read.get()
        if error is not None or thing is None:
            self._read.put_nowait((None, error))
        if error is not None:
            raise error
        self._room.release()
        return thing

    def end(self) -> None:
        """Whoever waits for the next one is told that there is none."""
        self._read.put_nowait((None, None))

    def _run(self) -> None:
        try:
            for thing in self._things:
                self._room.acquire()
                self._put(thing, None)
            self._put(None, None)
        except Exception as error:
            self._put(None, error)

    def _put(self, thing: Thing | None, error: Exception | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._read.put_nowait, (thing, error))
        except RuntimeError:
            return  # the loop has ended, and nobody wants it
