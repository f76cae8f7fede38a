"""A ledger that is kept: the database, what writes to it, and its upkeep."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from prometheus_client import CollectorRegistry

from contract.settings import SettingsError
from discovery import background
from gateway.callbacks.fair import UnderWay
from gateway.callbacks.outcome import Sent
from gateway.ledger.address import Address, SQLiteFile
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.hold import HeldError, hold
from gateway.ledger.leases import BEAT, Me, Seen
from gateway.ledger.metrics import LedgerMetrics
from gateway.ledger.record import Record, left
from gateway.ledger.store import Store, line_to
from gateway.ledger.trouble import PATIENCE, TROUBLE, is_passing, words
from gateway.ledger.upkeep import Keeping, keep
from gateway.ledger.verdict import Verdict, judge
from gateway.ledger.writer import Writer
from gateway.settings import GatewaySettings

DAY = 86_400.0
"""Seconds."""


class Kept:
    """Make it inside the event loop: it begins at once."""

    def __init__(
        self,
        address: Address,
        settings: GatewaySettings,
        registry: CollectorRegistry,
        me: Me,
        *,
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        self._store, self.alone = Store(address, me), isinstance(address, SQLiteFile)
        self._reader = Store(address, me)  # counting a day's rows is not to hold up those who write
        self.writer = Writer(self._store, LedgerMetrics(registry), clock=clock)
        keeping = Keeping(settings.ledger_results, settings.ledger_days * DAY)
        self._work = [
            background.begin(self.writer.run(), "writing the ledger"),
            background.begin(keep(self._store, self.writer, keeping, now), "the ledger's upkeep"),
        ]
        if not isinstance(address, SQLiteFile):
            self._work.append(background.begin(self._beat(), "renewing the lease of the ledger's rows"))

    async def claim(self, wanted: Record, now: float) -> tuple[Record, Verdict] | None:
        """See `Ledger.claim`. LedgerAwayError when nobody can tell."""
        if self.writer.away is not None:
            raise LedgerAwayError(self.writer.away)
        try:
            return await self._store.claim(wanted, lambda there, is_left: judge(there, wanted, now, left=is_left))
        except TROUBLE as error:
            self.writer.put(left(wanted, ["the ledger gave no answer"], now))  # should it stand there all the same
            raise LedgerAwayError(words(error)) from None

    async def take(self, most: int) -> list[Record]:
        """See `Ledger.take`."""
        with _telling():
            return await self._store.take(most)

    async def look(self, names: Sequence[str]) -> dict[str, Seen]:
        """See `Ledger.look`."""
        with _telling():
            return await self._store.look(names)

    async def find(self, task: str) -> Seen | None:
        """How a task stands, once all that is known of it here is written. LedgerAwayError when nobody can tell."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.writer.settled(task)
        except TimeoutError:
            raise LedgerAwayError("it gives no answer") from None
        return (await self.look([task])).get(task)

    async def calls(self, results: Sequence[Sent], under_way: UnderWay, now: float) -> list[Record]:
        """See `Store.calls`. LedgerAwayError when it can't be told what was written."""
        if self.writer.away is not None:
            raise LedgerAwayError(self.writer.away)
        with _telling():
            return await self._store.calls(results, under_way, now)

    async def spent(self, tenants: Collection[str], since: float, began: float) -> Mapping[str, int]:
        """See `Ledger.spent`."""
        with _telling():
            return await self._reader.spent(tenants, since, began)

    async def close(self) -> None:
        """End, with all written that can be."""
        for work in self._work:
            work.cancel()
        await asyncio.wait(self._work)
        await self.writer.finish()
        if self.writer.away is None:
            with suppress(*TROUBLE):
                await self._store.leave()
        await self._store.close()
        await self._reader.close()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            with suppress(*TROUBLE):  # the writer tells of it
                await self._store.beat()


@contextmanager
def _telling() -> Iterator[None]:
    """What fails in here says why the ledger is away."""
    try:
        yield
    except TROUBLE as error:
        raise LedgerAwayError(words(error)) from None


def take(address: Address) -> AbstractContextManager[object]:
    """Bring it up to date, and take a file for this gateway alone, until what is returned is left.

    SettingsError when it can't be used and waiting would not help.
    """
    held = _hold(address)
    asyncio.run(check(address))
    return held


async def check(address: Address) -> None:
    """Bring the ledger up to date. SettingsError when it can't be used and waiting would not help."""
    line = line_to(address, lambda _: None)
    try:
        await line.run(lambda _: None)
    except TROUBLE as error:
        if not is_passing(error):
            raise SettingsError(f"LEDGER_URL: the ledger in {address} can't be used: {words(error)}") from None
    finally:
        await line.close()


def _hold(address: Address) -> AbstractContextManager[object]:
    if not isinstance(address, SQLiteFile):
        return nullcontext()
    try:
        return hold(address.path)
    except HeldError as error:
        raise SettingsError(f"LEDGER_URL: {error}") from None
    except OSError as error:
        raise SettingsError(
            f"LEDGER_URL: the ledger's folder {address.path.absolute().parent} can't be written ({error.strerror}): set "
            "STATE_DIRECTORY to one that can, LEDGER_URL to another place, or LEDGER_URL=none to keep no ledger"
        ) from None
