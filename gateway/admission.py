"""Admission: each task gets a region and a slot there, at once or in its turn. The waiting; the order is `queue.py`'s."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contract.problem import ProblemError
from discovery.records import RegionEndpoint
from discovery.view import Region, View
from gateway import answers
from gateway.choose import Choice, choose, next_chance
from gateway.errand import Errand
from gateway.load import Slot
from gateway.pace import Pace
from gateway.policy import Policy
from gateway.queue import Queue
from gateway.rank import Ranked
from gateway.standing import Standing
from gateway.task import Task

Rank = Callable[[Task, Mapping[str, Region]], list[Ranked]]
"""The order of regions for a task, nearest first."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A region's endpoint and why it, with a slot taken there."""

    endpoint: RegionEndpoint
    why: str
    slot: Slot


@dataclass(eq=False, slots=True)
class Turn:
    """One task that waits, and what it will be given."""

    errand: Errand
    given: asyncio.Future[Granted] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Admission:
    """One gateway's."""

    def __init__(
        self,
        view: Callable[[], View],
        rank: Rank,
        standing: Standing,
        queue: Queue[Turn],
        *,
        policy: Callable[[], Policy],
        clock: Callable[[], float],
    ) -> None:
        self._view, self._rank, self._standing, self._queue = view, rank, standing, queue
        self._policy, self._clock = policy, clock
        self._pace = Pace()
        self._alarm: asyncio.TimerHandle | None = None

    async def admit(self, errand: Errand) -> Granted:
        """Wait for a slot. ProblemError when no region could give one, the queue is full, or the task's time runs out."""
        granted = self._grant(errand) if self._queue.first() is None else None
        if granted is not None:
            return granted
        self._check_worth_waiting(errand)
        errand.tried.clear()
        turn = Turn(errand)
        tenant = errand.task.tenant
        errand.ticket = errand.ticket or self._queue.ticket(tenant.name, tenant.weight)
        self._queue.join(turn, tenant.name, errand.ticket)
        self.wake()
        return await self._wait(turn)

    def give_back(self, slot: Slot) -> None:
        """A task is over, or was not taken: somebody else may have its slot."""
        slot.give_back()
        self.wake()

    def wake(self) -> None:
        """Slots may be free: give them to those who wait, in order."""
        while (turn := self._queue.first()) is not None:
            if turn.given.cancelled():  # it left, and has not run since to say so
                self._queue.leave(turn)
                continue
            granted = self._grant(turn.errand)
            if granted is None:
                break
            self._queue.served(turn)
            self._pace = self._pace.turn(self._clock())
            turn.given.set_result(granted)
        if not len(self._queue):
            self._pace = self._pace.idle()
        self._set_alarm()

    async def _wait(self, turn: Turn) -> Granted:
        try:
            async with asyncio.timeout(max(0.0, turn.errand.task.deadline - self._clock())):
                return await turn.given
        except BaseException as error:
            self._queue.leave(turn)
            if turn.given.done() and not turn.given.cancelled():  # given at the very moment it was too late
                self.give_back(turn.given.result().slot)
            if isinstance(error, TimeoutError):
                raise ProblemError(answers.never_sent(turn.errand)) from None
            raise

    def _grant(self, errand: Errand) -> Granted | None:
        choice = self._choose(errand)
        if choice.endpoint is None:
            return None
        return Granted(choice.endpoint, choice.why, Slot(self._standing.load, choice.endpoint.region))

    def _check_worth_waiting(self, errand: Errand) -> None:
        choice = self._choose(errand)
        if choice.endpoint is None and not choice.is_worth_waiting:
            raise ProblemError(answers.nowhere(errand))
        if self._queue.is_full:
            waiting = len(self._queue)
            raise ProblemError(answers.queue_full(errand, waiting, self._pace.retry_after(waiting)))

    def _choose(self, errand: Errand) -> Choice:
        regions = self._view().regions()
        ranked = self._rank(errand.task, regions)
        choice = choose(ranked, regions, self._standing, self._policy(), errand.tried, self._clock())
        errand.trail.chose(choice)
        return choice

    def _set_alarm(self) -> None:
        # A freed slot or news from Consul wake us; the end of a region's rest would pass unheard.
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        at = next_chance(self._standing, self._clock()) if len(self._queue) else None
        if at is not None:
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, at - self._clock()) + 0.001, self.wake)
