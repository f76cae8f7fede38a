"""Many tasks, each told to the journal before it is sent. One sequence for each; what is decided of it is `journal.py`'s."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

from contract.printable import printable
from nearway.client.asynchronous import AsyncClient
from nearway.client.errors import NearwayError, NotAllowedError, UnreachableError
from nearway.client.solution import Solution
from nearway.client.ticket import Ticket
from nearway.solve.bar import Bar
from nearway.solve.feed import Feed
from nearway.solve.item import Item, Unreadable, idempotency_key
from nearway.solve.journal import line_of, sent_line
from nearway.solve.kept import Kept
from nearway.solve.output import Output
from nearway.solve.row import Row, row_of, too_old
from nearway.solve.tally import Tally


class Run:
    """`kept` is None where no journal is. `name` is random: keys are made of it where there is none. `now` is of the epoch.

    `skipped` counts the lines that are no tasks, `stopped` is why nothing more is sent.
    """

    def __init__(
        self,
        client: AsyncClient,
        kept: Kept | None,
        output: Output,
        bar: Bar,
        tally: Tally,
        *,
        name: str,
        again: bool,
        now: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._client, self._kept, self._output, self._bar, self._tally = client, kept, output, bar, tally
        self._name, self._again, self._now, self._clock, self._begun = name, again, now, clock, clock()
        self.skipped, self.stopped = 0, ""

    async def all(self, found: Iterator[Item | Unreadable], concurrency: int) -> None:
        """Solve them, so many at once. What reading them raises is raised, and JournalError; OSError when the journal can't be
        written. What was sent until then is in the journal."""
        feed = Feed(found)
        workers = [asyncio.create_task(self._work(feed)) for _ in range(concurrency)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, feed: Feed[Item | Unreadable]) -> None:
        while not self.stopped and (one := await feed.next()) is not None:
            if isinstance(one, Unreadable):
                self.skipped += 1
                self._bar.say(f"line {one.line}: {printable(one.why)}")
            elif not self.stopped:
                await self._one(one)
        feed.end()

    async def _one(self, item: Item) -> None:
        key = idempotency_key(self._name, item) if self._kept is None else self._kept.journal.key(item)
        if not self._is_over(item):
            self._tally.progress.started += 1
            await self._write(sent_line(item, key, self._now(), again=self._is_old(item)), durable=True)
            await self._ended(item, await self._end(Ticket(item.task, key)))

    def _is_over(self, item: Item) -> bool:
        """Whether there is nothing to send, as it ended before, or it is too old."""
        if self._kept is not None and (row := self._kept.journal.known(item)) is not None:
            self._tally.known += 1
            self._told(row)
            return True
        if self._is_old(item) and not self._again:
            self._tally.progress.total = None if self._tally.progress.total is None else self._tally.progress.total - 1
            self._tally.known += 1
            self._told(too_old(item))
            return True
        return False

    def _is_old(self, item: Item) -> bool:
        return self._kept is not None and self._kept.journal.is_too_old(item, self._now())

    async def _end(self, ticket: Ticket) -> Solution | NearwayError:
        try:
            return await self._client.result(ticket)
        except NearwayError as error:
            if isinstance(error, NotAllowedError | UnreachableError):
                self.stopped = str(error)
            return error

    async def _ended(self, item: Item, end: Solution | NearwayError) -> None:
        row = row_of(item, end)
        self._tally.progress.ended(end if isinstance(end, NearwayError) else None, self._clock() - self._begun)
        await self._write(line_of({"done": row}), durable=False)
        self._told(row)

    async def _write(self, line: str, *, durable: bool) -> None:
        if self._kept is not None:
            # Shielded, as a line that is being written is written to its end.
            await asyncio.shield(asyncio.to_thread(partial(self._kept.add, line, durable=durable)))

    def _told(self, row: Row) -> None:
        self._output.add(row)
        self._tally.add(row)
        self._bar.told()
