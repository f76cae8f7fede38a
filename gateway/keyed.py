"""Tasks with an `Idempotency-Key`: each carried once, however often it is sent and whichever gateway began it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from attempt.evidence import Answer
from attempt.outcome import submitted_of
from contract.problem import ProblemError
from contract.submitted import Submitted
from discovery import background
from gateway import answers
from gateway.carry import Carrier
from gateway.ending import again, of_answer, of_problem
from gateway.errand import Errand
from gateway.following import Following
from gateway.ledger.entry import TakenOverError
from gateway.ledger.ledger import Ledger
from gateway.ledger.record import Record
from gateway.ledger.verdict import Verdict
from gateway.task import Key, Task

Begin = Callable[[Coroutine[None, None, Answer]], asyncio.Task[Answer]]
"""Starts work that is not to be lost."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Carried:
    """A task with a key that is being carried here. `clients` wait for it."""

    errand: Errand
    work: asyncio.Task[Answer]
    key: Key
    clients: int = 0
    letting_go: asyncio.Task[None] | None = None

    @property
    def came_to_nothing(self) -> bool:
        """Whether it is over, or about to be for want of clients, and cost nothing: then it may be tried again."""
        if not self.work.done():
            return self.work.cancelling() > 0
        error = None if self.work.cancelled() else self.work.exception()
        if isinstance(error, ProblemError):
            return error.problem.submitted is Submitted.NO
        return error is not None or self.work.cancelled() or submitted_of(self.work.result()) is Submitted.NO


class Keyed:
    """One gateway's."""

    def __init__(self, ledger: Ledger, carrier: Carrier, following: Following) -> None:
        self._ledger, self._carrier, self._following = ledger, carrier, following
        self._carried: dict[tuple[str, str], Carried] = {}

    def carried(self, task: Task, key: Key) -> Carried | None:
        """The one that is carried under the key, if any. ProblemError when it is another."""
        found = self._carried.get((task.tenant.name, key.name))
        if found is None or found.came_to_nothing:
            return None
        if key != found.key:
            raise ProblemError(answers.another_body(found.errand.task.id))
        return found

    def begin(self, errand: Errand, key: Key, begin: Begin) -> Carried:
        """Carry it, and let others who send it find it."""
        name = errand.task.tenant.name, key.name
        made = self._carried[name] = Carried(errand, begin(self._carry(errand, self._carried.get(name))), key)
        made.letting_go = background.begin(self._let_go(name, made), "letting go of a task with a key")
        return made

    async def _let_go(self, name: tuple[str, str], carried: Carried) -> None:
        """Once it is over, and the ledger tells of it."""
        await asyncio.wait([carried.work])
        await self._ledger.settled(carried.errand.task.id)
        if self._carried.get(name) is carried:
            del self._carried[name]

    async def _carry(self, errand: Errand, former: Carried | None) -> Answer:
        if former is not None:
            await self._ledger.settled(former.errand.task.id)
        answer: Answer | None = None
        while answer is None:
            answer = await self._try(errand)
        return answer

    async def _try(self, errand: Errand) -> Answer | None:
        """None when the key is to be looked at again: others have the ledger, too."""
        own = errand.task.id
        with self._telling(errand):
            found = await self._ledger.claim(errand)
        if found is not None:
            answer = await self._told(errand, *found)
            errand.task.id = own if answer is None else errand.task.id
            return answer
        try:
            return await self._carrier.carry(errand)
        except TakenOverError:
            log.warning("task %s: another gateway took it over while this one was out of touch", own)
            errand.task.id, errand.submitting = uuid4().hex, False
            return None

    async def _told(self, errand: Errand, record: Record, verdict: Verdict) -> Answer | None:
        """What is found, and a line of it in the log: only who carries a task from its beginning tells of it there."""
        with self._telling(errand):
            answer = await self._found(errand, record, verdict)
        if answer is not None:
            end = of_answer(answer)
            self._carrier.told(errand, end if verdict is Verdict.CONTINUE else again(end))
        return answer

    @contextmanager
    def _telling(self, errand: Errand) -> Iterator[None]:
        """A line of a problem."""
        try:
            yield
        except ProblemError as error:
            self._carrier.told(errand, of_problem(error.problem))
            raise

    async def _found(self, errand: Errand, record: Record, verdict: Verdict) -> Answer | None:
        if verdict is Verdict.MISMATCH:
            raise ProblemError(answers.another_body(record.id))
        errand.task.id, errand.at = record.id, record.region or "none"
        if verdict is Verdict.REPLAY:
            return answers.replayed(record)
        if verdict is Verdict.ELSEWHERE:
            return await self._follow(errand, record)
        log.info("task %s: its gateway is gone, and its client asks again", record.id)
        entry = self._ledger.resumed(record)
        if verdict is Verdict.CONTINUE:
            return await self._following.wait(errand, record, entry)
        unknown = answers.left_unknown(errand)
        entry.failed(errand, unknown)
        raise ProblemError(unknown)

    async def _follow(self, errand: Errand, record: Record) -> Answer | None:
        errand.task.waits_for_slot = True  # whoever leaves takes nothing along: another gateway carries it
        try:
            return await self._following.follow(errand, record)
        finally:
            errand.task.waits_for_slot = False
