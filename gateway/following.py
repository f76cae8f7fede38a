"""Tasks that another gateway carries, or has left: followed in the ledger until they are accepted, then waited for at regions."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence

from attempt.evidence import Answer
from contract.problem import ProblemError
from discovery import background
from gateway import answers
from gateway.carry import Carrier
from gateway.errand import Errand
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.entry import Entry
from gateway.ledger.leases import Seen
from gateway.ledger.ledger import Ledger
from gateway.ledger.record import Record
from gateway.locations import Location, Locations

EVERY = 0.5
"""Seconds between two looks into the ledger, each for all tasks that are followed."""

MOST = 1000
"""Tasks in one look."""


class Following:
    """One gateway's."""

    def __init__(self, ledger: Ledger, carrier: Carrier, locations: Locations, clock: Callable[[], float]) -> None:
        self._ledger, self._carrier, self._locations, self._clock = ledger, carrier, locations, clock
        self._looks = Looks(ledger.look)

    async def follow(self, errand: Errand, record: Record) -> Answer | None:
        """The answer to a task that another gateway carries. None when it came to nothing, or nobody carries it any more.

        ProblemError when it is not even accepted by the errand's deadline. It may be cancelled at any time.
        """
        errand.elsewhere = record.id
        seen = await self.standing(record, errand.task.deadline)
        if seen is None or seen.left or seen.came_to_nothing:
            errand.elsewhere = None
            return None
        if seen.record.ended is not None:
            return answers.replayed(seen.record)
        if not seen.is_accepted:
            raise ProblemError(answers.elsewhere(record.id))
        return await self.wait(errand, seen.record, self._ledger.asked(seen.record))

    async def standing(self, record: Record, until: float) -> Seen | None:
        """How it stands once it is accepted, over, or nobody's; at `until` as it stands then. None when it is gone."""
        seen: Seen | None = Seen(record, left=False)
        while seen is not None and not seen.is_settled and self._clock() < until:
            seen = await self._looks.next(seen)
        return seen

    async def wait(self, errand: Errand, record: Record, entry: Entry) -> Answer:
        """The answer to a task that is accepted, which is written to its entry. ProblemError when it is not there in time."""
        location = accepted_again(errand, record, self._locations)
        errand.on_accepted()
        answer = await self._carrier.ask(errand, location, entry)
        if answer.status == 202:
            raise ProblemError(answers.too_late(errand))
        return answer


def accepted_again(errand: Errand, record: Record, locations: Locations) -> Location:
    """Where a task is waited for that stands in the ledger as accepted; the errand is as if it had been accepted here."""
    location = Location(record.location or "", record.id)
    errand.accepted = Answer(202, {"location": location.workers}, json.dumps({"captcha_id": record.captcha_id}).encode())
    errand.location = locations.make(location, errand.task.tenant)
    return location


class Looks:
    """Looks for the rows of tasks, all that are wanted at a time together."""

    def __init__(
        self,
        look: Callable[[Sequence[str]], Awaitable[dict[str, Seen]]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._look, self._sleep = look, sleep
        self._wanted: dict[str, asyncio.Future[Seen | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def next(self, seen: Seen) -> Seen | None:
        """How it stands after a while. None when it is gone; as it was when nobody can tell."""
        name = seen.record.id
        if name not in self._wanted:
            self._wanted[name] = asyncio.get_running_loop().create_future()
        found = self._wanted[name]
        if self._looking is None:
            self._looking = background.begin(self._run(), "looking for tasks that others carry")
        try:
            return await asyncio.shield(found)
        except LedgerAwayError:
            return seen

    async def _run(self) -> None:
        await self._sleep(EVERY)
        wanted, self._wanted, self._looking = self._wanted, {}, None
        names = list(wanted)
        for begin in range(0, len(names), MOST):
            await self._tell({name: wanted[name] for name in names[begin : begin + MOST]})

    async def _tell(self, wanted: dict[str, asyncio.Future[Seen | None]]) -> None:
        try:
            found = await self._look(list(wanted))
        except LedgerAwayError as error:
            for one in wanted.values():
                one.set_exception(error)
                one.exception()  # who wanted it may be gone
        else:
            for name, one in wanted.items():
                one.set_result(found.get(name))
