"""The ledger as the dashboard reads it, beside the gateway that writes it: in a thread, and never twice at a time."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from contract.submitted import Submitted
from gateway.dashboard.ended import UNSOLVED, Ended, Wanted
from gateway.ledger.address import Address
from gateway.ledger.record import ENDS, State

DAY = 86_400
"""Seconds. Days are those of UTC."""

Rows = list[dict[str, Any]]


class UnreadableError(Exception):
    """The ledger can't be read; the text says why."""


class Books:
    """Of one gateway; `address` is None where no ledger is kept. `now` is in seconds since 1970."""

    def __init__(self, address: Address | None, now: Callable[[], float]) -> None:
        self._address, self._now = address, now
        self._turn = asyncio.Lock()

    @property
    def are_kept(self) -> bool:
        """Whether there is a ledger."""
        return self._address is not None

    async def spent_today(self) -> Mapping[str, int]:
        """What was submitted since midnight (UTC), and what came of it. UnreadableError without an answer."""
        from gateway.ledger.questions import COUNTS, Which, spend, submitting

        now = self._now()
        (row,) = await self._read(lambda dialect: spend(Which(now // DAY * DAY), (), dialect))
        (under_way,) = await self._read(lambda _: submitting(now))
        counts = {name: int(row[name] or 0) for name in COUNTS}
        return {**counts, "unknown": max(0, counts["unknown"] - int(under_way["tasks"]))}

    async def tasks(self, wanted: Wanted, most: int) -> list[Ended]:
        """The newest tasks in it that are wanted. UnreadableError without an answer."""
        from gateway.ledger.questions import Which, task, tasks

        if wanted.task:
            rows = await self._read(lambda _: task(wanted.task))
            return [found for row in rows if wanted.has(found := ended_from(row))]
        which = Which(tenant=wanted.tenant or None, region=wanted.region or None, **_state(wanted.outcome))
        return [ended_from(row) for row in await self._read(lambda _: tasks(which, most))]

    async def _read(self, question: Callable[[str], Any]) -> Rows:
        from gateway.ledger.reading import read
        from gateway.ledger.trouble import TROUBLE, words

        if self._address is None:
            raise UnreadableError("no ledger is kept")
        async with self._turn:
            try:
                return await asyncio.to_thread(read, self._address, question)
            except TROUBLE as error:
                raise UnreadableError(words(error)) from None


def ended_from(row: Mapping[str, Any]) -> Ended:
    """A row of the ledger; a task that has not ended counts as one of its state."""
    state, arrived = State(row["state"]), float(row["arrived"])
    at = float(row["ended"] or row["submitted"] or arrived)
    outcome = str(row["error"] or state) if state is State.FAILED else str(state)
    waited = float(row["submitted"] or at) - arrived
    trail = tuple(str(line) for line in json.loads(row["trail"]))
    if state not in ENDS:
        trail = (*trail, f"it is {state}, as far as the ledger knows")
    money = Submitted(row["money"])
    return Ended(row["id"], row["tenant"], row["region"] or "none", outcome, money, at, at - arrived, waited, trail)


def _state(outcome: str) -> dict[str, Any]:
    if outcome in (UNSOLVED, State.FAILED):
        return {"state": State.FAILED}
    if outcome in list(State):
        return {"state": State(outcome)}
    return {"error": outcome} if outcome else {}
