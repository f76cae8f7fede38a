"""Ten who watch, as their pages do: the stream read as it comes, and the last tasks asked for every two seconds."""

import asyncio
import time
from dataclasses import dataclass, field

import aiohttp

TASKS_EVERY = 2.0
"""Seconds, as in `tasks.js`."""

SMALLEST = 1000
"""Bytes: what is shorter is no picture."""


@dataclass
class Watcher:
    """One page's worth of asking."""

    url: str
    client: aiohttp.ClientSession
    first: int = 0
    is_there: bool = False
    heard: list[tuple[float, int]] = field(default_factory=list)

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.gather(self._stream(), self._tasks())

    @property
    def rate(self) -> float:
        """Bytes a second of the stream after its first event."""
        begun, ended = self.heard[0][0], self.heard[-1][0]
        return (sum(size for _, size in self.heard) - self.first) / (ended - begun)

    async def _stream(self) -> None:
        async with self.client.get(f"{self.url}/events", timeout=aiohttp.ClientTimeout(total=None)) as response:
            async for piece in response.content.iter_any():
                self.heard.append((time.monotonic(), len(piece)))
                if not self.is_there:
                    self.first += len(piece)
                    self.is_there = self.first > SMALLEST and piece.endswith(b"\n\n")

    async def _tasks(self) -> None:
        while True:
            async with self.client.get(f"{self.url}/dashboard/tasks") as response:
                await response.read()
            await asyncio.sleep(TASKS_EVERY)
