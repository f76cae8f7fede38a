"""Many tasks, so many at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from typing import Self

from nearway.client.errors import NearwayError
from nearway.client.progress import Progress
from nearway.client.solution import Solution
from nearway.client.ticket import Ticket, new_ticket


@dataclass(frozen=True, slots=True)
class Done:
    """A task that came to its end: `index` is its place among those that were given, from 0."""

    index: int
    ticket: Ticket
    end: Solution | NearwayError

    @property
    def error(self) -> NearwayError | None:
        """Why it has no solution; None when it has one."""
        return self.end if isinstance(self.end, NearwayError) else None

    def result(self) -> Solution:
        """The solution. NearwayError when there is none."""
        if isinstance(self.end, NearwayError):
            raise self.end
        return self.end


class Many:
    """An iterator over tasks as they end; `progress` tells how far they are. `aclose` stops it before."""

    def __init__(
        self,
        result: Callable[[Ticket], Awaitable[Solution]],
        tasks: Iterable[Mapping[str, object] | Ticket],
        concurrency: int,
        clock: Callable[[], float],
    ) -> None:
        if concurrency < 1:
            raise ValueError(f"concurrency is {concurrency}, and it is 1 at least")
        self.progress = Progress(total=len(tasks) if isinstance(tasks, Sized) else None)
        self._result, self._concurrency, self._clock = result, concurrency, clock
        self._tickets = _tickets(tasks)
        self._under_way: set[asyncio.Task[Done]] = set()
        self._ended: asyncio.Queue[asyncio.Task[Done]] = asyncio.Queue()
        self._begun: float | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Done:
        if self._begun is None:
            self._begun = self._clock()
        self._start()
        if not self._under_way:
            raise StopAsyncIteration
        one = await self._ended.get()
        self._under_way.discard(one)
        self._start()
        done = one.result()
        self.progress.ended(done.error, self._clock() - self._begun)
        return done

    async def aclose(self) -> None:
        """Wait for none of them any more. What is paid for the gateway carries on, and tells who asks with the same key."""
        self._tickets = iter(())
        for one in self._under_way:
            one.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._under_way.clear()
        self._ended = asyncio.Queue()

    def _start(self) -> None:
        while len(self._under_way) < self._concurrency and (following := next(self._tickets, None)) is not None:
            index, ticket = following
            self.progress.started += 1
            one = asyncio.create_task(self._one(index, ticket))
            self._under_way.add(one)
            one.add_done_callback(self._ended.put_nowait)

    async def _one(self, index: int, ticket: Ticket) -> Done:
        try:
            return Done(index, ticket, await self._result(ticket))
        except NearwayError as error:
            return Done(index, ticket, error)


def _tickets(tasks: Iterable[Mapping[str, object] | Ticket]) -> Iterator[tuple[int, Ticket]]:
    return ((index, task if isinstance(task, Ticket) else new_ticket(task)) for index, task in enumerate(tasks))
