"""What clients are told of their tasks: the answer, a location to ask at, or that the gateway leaves."""

import asyncio
import math
from collections.abc import Callable

from attempt.evidence import Answer
from contract.problem import ProblemError
from discovery import background
from gateway import answers
from gateway.errand import Errand, Promise
from gateway.ledger.record import State
from gateway.task import Task


class Client:
    """The client of one task. `work` goes on when it has been told a location, or is gone.

    `task` is what it sent; that of the errand, unless another client sent the same task before. With `by_id` it asks for the task
    by its id, and is told at `hold_until` how it stands, whatever that is.
    """

    def __init__(
        self,
        errand: Errand,
        work: asyncio.Task[Answer],
        clock: Callable[[], float],
        task: Task | None = None,
        *,
        by_id: bool = False,
    ) -> None:
        self._errand, self._work, self._clock = errand, work, clock
        self._task, self._by_id = task or errand.task, by_id
        self._told: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._promising: asyncio.Task[None] | None = None
        self._leaving = False
        work.add_done_callback(self._ended)
        self._tell_in_time()

    async def told(self) -> Answer:
        """What it is told in the end; ProblemError for all that is none."""
        try:
            return await self._told
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def accepted(self) -> None:
        """There is a location from now on, should the client want one."""
        self._tell_in_time()

    def queued(self) -> None:
        """The task waits for a slot: a client that would rather not wait so long may ask for it by its id."""
        self._tell_in_time()

    def leave(self) -> None:
        """The gateway leaves: whoever can go on asking elsewhere does."""
        self._leaving = True
        if self._by_id or self._errand.location is not None:
            self._tell_in_time()
        elif self._errand.elsewhere is not None:
            self.cut_off()

    def cut_off(self) -> None:
        """The gateway ends now: what is known is told."""
        if not self._told.done():
            self._told.set_exception(ProblemError(answers.cut_off(self._errand)))

    def _tell_in_time(self) -> None:
        until = self._task.hold_until
        if until is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        if self._leaving:
            self._tell_where()
        elif until < math.inf:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, until - self._clock()), self._tell_where)

    def _tell_where(self) -> None:
        if self._by_id or self._errand.location is not None:
            self._tell(self._where())
        elif self._errand.task.waits_for_slot and self._errand.promise is not None and self._promising is None:
            self._promising = background.begin(self._promise(self._errand.promise), f"promising task {self._errand.task.id}")

    async def _promise(self, promise: Promise) -> None:
        try:
            await promise(self._errand)
        except ProblemError:
            self._promising = None  # then the client is held until its task is accepted
            return
        self._tell(self._where())

    def _where(self) -> Answer:
        name = self._errand.task.id
        if self._errand.location is None:
            return answers.pending(name, State.SUBMITTING if self._errand.submitting else State.WAITING)
        return answers.located(self._errand, answers.by_id(name) if self._by_id else None)

    def _tell(self, answer: Answer) -> None:
        if not self._told.done() and not self._work.done():
            self._told.set_result(answer)

    def _ended(self, work: asyncio.Task[Answer]) -> None:
        error = None if work.cancelled() else work.exception()
        if self._told.done():
            return
        if work.cancelled():
            self._told.cancel()
        elif error is not None:
            self._told.set_exception(error)
        else:
            self._told.set_result(work.result())


class Clients:
    """All clients that wait now."""

    def __init__(self) -> None:
        self._waiting: set[Client] = set()
        self._leaving = False

    async def told(self, client: Client) -> Answer:
        """What the client is told in the end."""
        self._waiting.add(client)
        if self._leaving:
            client.leave()
        try:
            return await client.told()
        finally:
            self._waiting.discard(client)

    def leave(self) -> None:
        """See `Client.leave`; those who come later are treated so, too."""
        self._leaving = True
        for client in tuple(self._waiting):
            client.leave()

    def cut_off(self) -> None:
        """See `Client.cut_off`."""
        for client in tuple(self._waiting):
            client.cut_off()
