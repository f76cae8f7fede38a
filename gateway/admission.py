"""Admission: each task gets a region and a slot there, at once or in its turn. The waiting; the order is `queue.py`'s."""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from attempt.breaker import Breaker
from attempt.evidence import Answer, Evidence, retry_after
from attempt.load import Slot
from attempt.outcome import Outcome
from contract.problem import ProblemError
from discovery.records import RegionEndpoint
from discovery.view import Region, View
from gateway import answers
from gateway.allowance import Allowances
from gateway.budget import Budget
from gateway.choose import Choice, Scene, choose, next_chance, slots_of
from gateway.errand import Errand
from gateway.pace import Pace
from gateway.policy import Policy
from gateway.queue import Queue
from gateway.rank import Ranked
from gateway.sharing import leaves_it
from gateway.standing import Standing
from gateway.task import Task

log = logging.getLogger(__name__)

Rank = Callable[[Task, Mapping[str, Region]], list[Ranked]]
"""The order of regions for a task, nearest first."""

TAKEN = 2.0
"""Seconds after which an attempt counts as taken, and no longer as one of the retries: a refusal comes at once, and a worker that
is not resumable says nothing until it has solved the task."""


@dataclass(eq=False, slots=True)
class Granted:
    """A region's endpoint and why it, with a slot taken there for a tenant; and what came of it, once that is known.

    `settling` is there while it counts as one of the retries, and ends that.
    """

    endpoint: RegionEndpoint
    tenant: str
    why: str
    slot: Slot
    outcome: Outcome | None = None
    settling: asyncio.TimerHandle | None = None


@dataclass(eq=False, slots=True)
class Turn:
    """One task that waits, and what it will be given."""

    errand: Errand
    given: asyncio.Future[Granted] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Admission:
    """One gateway's. `gateways` tells how many there are over the same regions."""

    def __init__(
        self,
        view: Callable[[], View],
        rank: Rank,
        standing: Standing,
        queue: Queue[Turn],
        allowances: Allowances,
        *,
        policy: Callable[[], Policy],
        clock: Callable[[], float],
        gateways: Callable[[], int] = lambda: 1,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._view, self._rank, self._standing, self._queue = view, rank, standing, queue
        self._allowances = allowances
        self._policy, self._clock, self._gateways, self._jitter = policy, clock, gateways, jitter
        self._budget, self._pace = Budget(), Pace()
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False

    async def admit(self, errand: Errand) -> Granted:
        """Wait for a slot. ProblemError when no region could give one, no more may wait, or the task's time runs out.

        What is granted must be given back.
        """
        if self._closed:
            raise ProblemError(answers.draining(errand))
        errand.ticket = errand.ticket or self._queue.ticket()
        choice, may_go = self._choose(errand), self._may_go(errand)
        if choice.endpoint is not None and may_go and self._next() is None:
            return self._grant(errand, choice.endpoint, choice.why)
        self._check_worth_waiting(errand, choice)
        turn, tenant = Turn(errand), errand.task.tenant
        self._queue.join(turn, errand.ticket, tenant.name, tenant.weight)
        if choice.endpoint is not None or errand.tried:
            errand.tried.clear()
            self.wake()
        else:
            self._set_alarm()
        if not turn.given.done():
            errand.on_queued()
        return await self._wait(turn)

    def heard(self, granted: Granted, outcome: Outcome, evidence: Evidence) -> None:
        """What came of the attempt it was granted for. A region that proved well may take others at once."""
        granted.outcome = outcome
        region, now = granted.endpoint.region, self._clock()
        breakers = self._standing.breakers
        before = breakers[region]
        breakers[region] = before.heard(outcome, now, self._jitter(), answers.describe(evidence))
        _tell(region, before, breakers[region])
        if outcome is Outcome.REFUSED and isinstance(evidence, Answer):
            self._standing.load.refused(region, now, retry_after(evidence), self._jitter())
        self._end_retry(granted)
        self.wake()

    def moved(self, granted: Granted, region: str) -> None:
        """The task is waited for at another region, and no longer where it was."""
        granted.slot.move(region)
        self.wake()

    def give_back(self, granted: Granted) -> None:
        """A task is over, or was not taken: somebody else may have its slot."""
        region = granted.slot.region
        held = self._standing.load.in_flight[region]
        granted.slot.give_back()
        self._allowances.give_slot(granted.tenant)
        self._hold_or_release(granted.tenant)
        if granted.outcome is None:
            self._not_tried(granted)
        elif granted.outcome is Outcome.ACCEPTED:
            self._freed(region, held)
        self.wake()

    def wake(self) -> None:
        """Slots may be free: give them to those who wait, in order."""
        while (turn := self._next()) is not None:
            if turn.given.cancelled():  # it left, and has not run since to say so
                self._queue.leave(turn)
                continue
            choice = self._choose(turn.errand)
            if choice.endpoint is None:
                break
            self._queue.served(turn)
            self._pace = self._pace.turn(self._clock())
            turn.given.set_result(self._grant(turn.errand, choice.endpoint, choice.why))
        if not len(self._queue):
            self._pace = self._pace.idle()
        self._set_alarm()

    def limits_changed(self, tenants: Iterable[str]) -> None:
        """These tenants may have more or fewer slots than before."""
        for tenant in tenants:
            self._hold_or_release(tenant)
        self.wake()

    def close(self) -> None:
        """The gateway leaves: who waits is told so at once, and nobody is let in any more."""
        self._closed = True
        for turn in self._queue.everybody():
            if not turn.given.done():
                turn.given.set_exception(ProblemError(answers.draining(turn.errand)))

    async def _wait(self, turn: Turn) -> Granted:
        try:
            async with asyncio.timeout(max(0.0, turn.errand.task.deadline - self._clock())):
                return await turn.given
        except BaseException as error:
            self._queue.leave(turn)
            if turn.given.done() and not turn.given.cancelled() and turn.given.exception() is None:
                # Given at the very moment it was too late.
                self.give_back(turn.given.result())
            if isinstance(error, TimeoutError):
                raise ProblemError(answers.never_sent(turn.errand)) from None
            raise

    def _next(self) -> Turn | None:
        return self._queue.first(returned=self._budget.allows(self._standing.load.in_flight.total()))

    def _may_go(self, errand: Errand) -> bool:
        tenant = errand.task.tenant.name
        if not self._allowances.has_slot(tenant):
            errand.trail.held_by = f"all {self._allowances.limits(tenant).slots} slots of its tenant are taken"
            return False
        if not errand.is_retry or self._budget.allows(self._standing.load.in_flight.total()):
            return True
        errand.trail.held_by = "as many tasks as may be tried again at once already are"
        return False

    def _grant(self, errand: Errand, endpoint: RegionEndpoint, why: str) -> Granted:
        breakers = self._standing.breakers
        breakers[endpoint.region] = breakers[endpoint.region].tried()
        tenant = errand.task.tenant.name
        granted = Granted(endpoint, tenant, why, Slot(self._standing.load, endpoint.region))
        if errand.is_retry:
            self._budget.begin()
            granted.settling = asyncio.get_running_loop().call_later(TAKEN, self._settled, granted)
        self._allowances.take_slot(tenant)
        self._hold_or_release(tenant)
        errand.ticket = self._queue.after_turn(errand.ticket or self._queue.ticket())
        return granted

    def _hold_or_release(self, tenant: str) -> None:
        if self._allowances.has_slot(tenant):
            self._queue.release(tenant)
        else:
            self._queue.hold(tenant)

    def _not_tried(self, granted: Granted) -> None:
        breakers, region = self._standing.breakers, granted.endpoint.region
        breakers[region] = breakers[region].untried()
        self._end_retry(granted)

    def _settled(self, granted: Granted) -> None:
        self._end_retry(granted)
        self.wake()

    def _end_retry(self, granted: Granted) -> None:
        if granted.settling is not None:
            granted.settling.cancel()
            granted.settling = None
            self._budget.end()

    def _freed(self, name: str, held: int) -> None:
        load, region = self._standing.load, self._view().regions().get(name)
        load.freed(name)
        slots = self._policy().limit(name, slots_of(region)) if region else 0
        if leaves_it(held, slots, self._gateways(), self._jitter()):
            load.left(name, self._clock(), self._jitter())

    def _check_worth_waiting(self, errand: Errand, choice: Choice) -> None:
        if choice.endpoint is None and not choice.is_worth_waiting:
            raise ProblemError(answers.nowhere(errand))
        # One that was given a place keeps it, though others have filled the queue meanwhile.
        tenant = errand.task.tenant.name
        most, its_own = self._allowances.limits(tenant).queue, self._queue.length(tenant)
        if most is not None and its_own >= most and not (errand.is_retry and most):
            raise ProblemError(answers.tenant_queue_full(errand, its_own, self._pace.retry_after(its_own)))
        if self._queue.is_full and not (errand.is_retry and self._queue.most):
            waiting = len(self._queue)
            raise ProblemError(answers.queue_full(errand, waiting, self._pace.retry_after(waiting)))

    def _choose(self, errand: Errand) -> Choice:
        scene = Scene(self._view().regions(), self._standing, self._policy(), self._clock())
        choice = choose(self._rank(errand.task, scene.regions), scene, errand.tried)
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


def _tell(region: str, before: Breaker, now: Breaker) -> None:
    if now.is_open and not before.is_open:
        log.warning(
            "region %s: its last %d tasks failed; for a while only tests go there",
            region,
            now.failures,
            extra={"region": region, "change": "breaker open"},
        )
    elif before.is_open and not now.is_open:
        log.info("region %s: a task went well there again", region, extra={"region": region, "change": "breaker closed"})
