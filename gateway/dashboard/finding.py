"""Finding tasks for people: those that ended here, from memory, and where they are too few, those in the ledger."""

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gateway.dashboard.books import Books, UnreadableError
from gateway.dashboard.ended import Ended, LastEnded, Wanted

Kept = TypeVar("Kept")

MOST = 25
"""Tasks that are shown."""

FRESH, STILL, MOST_KEPT = 5.0, 1.0, 50
"""Seconds for which what the ledger said is used again, and for which a whole answer is; and so many of each are kept. Every page
asks every two seconds."""


@dataclass(frozen=True, slots=True)
class Found:
    """The tasks, the newest first, and in words where they are from."""

    tasks: list[Ended]
    source: str

    def as_json(self) -> dict[str, object]:
        """As the page gets it."""
        return {"tasks": [as_row(one) for one in self.tasks], "from": self.source}


class Finder:
    """One gateway's."""

    def __init__(self, ended: LastEnded, books: Books, clock: Callable[[], float]) -> None:
        self._ended, self._books, self._clock = ended, books, clock
        self._kept: OrderedDict[Wanted, tuple[float, list[Ended] | str]] = OrderedDict()
        self._told: OrderedDict[Wanted, tuple[float, bytes]] = OrderedDict()

    async def find(self, wanted: Wanted) -> Found:
        """Those that are wanted."""
        here = self._ended.find(wanted, MOST)
        if len(here) >= MOST or not self._books.are_kept:
            return Found(here, "at this gateway" if self._books.are_kept else "since this gateway's start: it keeps no ledger")
        written = await self._written(wanted)
        if isinstance(written, str):
            return Found(here, f"at this gateway; the ledger can't be read: {written}")
        tasks = {one.id: one for one in (*written, *here)}
        return Found(sorted(tasks.values(), key=lambda one: -one.at)[:MOST], "at this gateway and in its ledger")

    async def told(self, wanted: Wanted) -> bytes:
        """The same as JSON, for all who ask in a moment."""
        at, answer = self._told.get(wanted, (-STILL, b""))
        if self._clock() - at >= STILL:
            answer = json.dumps((await self.find(wanted)).as_json()).encode()
            _keep(self._told, wanted, (self._clock(), answer))
        return answer

    async def _written(self, wanted: Wanted) -> list[Ended] | str:
        now = self._clock()
        at, found = self._kept.get(wanted, (-FRESH, ""))
        if now - at < FRESH:
            return found
        try:
            found = await self._books.tasks(wanted, MOST)
        except UnreadableError as error:
            found = str(error)
        _keep(self._kept, wanted, (self._clock(), found))
        return found


def _keep(kept: OrderedDict[Wanted, Kept], wanted: Wanted, found: Kept) -> None:
    kept[wanted] = found
    kept.move_to_end(wanted)
    if len(kept) > MOST_KEPT:
        kept.popitem(last=False)


def as_row(ended: Ended) -> dict[str, object]:
    """One task as the page shows it."""
    return {
        "task": ended.id,
        "tenant": ended.tenant,
        "region": ended.region,
        "outcome": ended.outcome,
        "money": ended.money.value,
        "at": round(ended.at, 1),
        "seconds": round(ended.seconds, 1),
        "waited": round(ended.waited, 1),
        "trail": list(ended.trail),
    }
