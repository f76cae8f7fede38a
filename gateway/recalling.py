"""Tasks that are asked for by their ids: carried here, or to be found in the ledger, wherever they are carried or were."""

import asyncio
from collections.abc import Callable, Mapping

from attempt.evidence import Answer
from contract.problem import ProblemError
from gateway import answers, recalled
from gateway.carry import ClientLeftError
from gateway.clients import Client, Clients
from gateway.errand import Errand
from gateway.following import Following
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.leases import Seen
from gateway.ledger.ledger import Ledger
from gateway.locations import Location
from gateway.task import Task

Work = asyncio.Task[Answer]


class Recalling:
    """One gateway's. `under_way` is all that it does for tasks, with the errand where it carries one."""

    def __init__(
        self,
        ledger: Ledger,
        following: Following,
        clients: Clients,
        under_way: Mapping[Work, Errand | None],
        clock: Callable[[], float],
    ) -> None:
        self._ledger, self._following, self._clients = ledger, following, clients
        self._under_way, self._clock = under_way, clock

    async def recall(self, task: Task) -> Answer | Location:
        """The answer to the task of that id, or how it stands at `task.deadline`; where it is accepted elsewhere, where to ask.

        ProblemError when it is over without an answer, or no task of its tenant's.
        """
        here = self._here(task)
        if here is not None:
            return await self._told(task, *here)
        seen = await self._seen(task)
        if seen is None or seen.record.tenant != task.tenant.name:
            raise ProblemError(recalled.unknown())
        record = seen.record
        if record.ended is not None:
            return recalled.recalled(record)
        if seen.is_accepted:
            return Location(record.location or "", record.id)
        if seen.left:
            raise ProblemError(recalled.lost(record))
        return answers.pending(record.id, record.state)

    def _here(self, task: Task) -> tuple[Work, Errand] | None:
        for work, errand in self._under_way.items():
            if errand is not None and errand.task.id == task.id and errand.elsewhere is None:
                return (work, errand) if errand.task.tenant.name == task.tenant.name else None
        return None

    async def _told(self, task: Task, work: Work, errand: Errand) -> Answer:
        task.hold_until = task.deadline
        try:
            return await self._clients.told(Client(errand, work, self._clock, task, by_id=True))
        except ProblemError as error:
            raise ProblemError(recalled.told_here(task.id, error.problem)) from None
        except (ClientLeftError, asyncio.CancelledError):
            if work.done():
                raise ProblemError(recalled.dropped(task.id, "its client left")) from None
            raise

    async def _seen(self, task: Task) -> Seen | None:
        """How it stands in the ledger, once it is accepted, over or nobody's, or it is `task.deadline`."""
        try:
            seen = await self._ledger.find(task.id)
        except LedgerAwayError as error:
            raise ProblemError(recalled.unreadable(str(error))) from None
        if seen is None or seen.is_settled or seen.record.tenant != task.tenant.name:
            return seen
        return await self._following.standing(seen.record, task.deadline)
