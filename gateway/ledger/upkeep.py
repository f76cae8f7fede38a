"""What is kept for a while only: answers are forgotten, then rows. In small steps, between which tasks are written."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from gateway.ledger.store import Store
from gateway.ledger.trouble import TROUBLE, words
from gateway.ledger.verdict import KEY_LIFE
from gateway.ledger.writer import Writer

log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two looks for what is too old."""

STEP = 200
"""Rows in one transaction."""

BREATH = 0.1
"""Seconds between two steps."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how many seconds an answer is kept after its task's end, and a row after its task's arrival."""

    results: float
    rows: float


async def keep(store: Store, writer: Writer, keeping: Keeping, now: Callable[[], float]) -> None:
    """Forget what is too old, for ever."""
    pause = EVERY
    while True:
        await asyncio.sleep(pause)
        more = writer.away is None and await _step(store, keeping, now())
        pause = BREATH if more else EVERY


async def _step(store: Store, keeping: Keeping, now: float) -> bool:
    """Whether there may be more to forget."""
    try:
        forgotten = await store.scrub(now - keeping.results, now - KEY_LIFE, STEP), await store.prune(now - keeping.rows, STEP)
    except TROUBLE as error:
        log.warning("the ledger's old answers and rows can't be forgotten now: %s", words(error))
        return False
    return STEP in forgotten
