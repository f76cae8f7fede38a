"""The one sequence: hand the task over, look for its solution, answer. The rules are in the modules it asks."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contract.problem import Problem, ProblemError, problem
from worker.accountant import Accountant
from worker.api import Api
from worker.calls import calling
from worker.codes import Class
from worker.ending import no_turn, not_solved, not_submitted
from worker.location import Receipt
from worker.metrics import Metrics
from worker.outcome import PollOutcome
from worker.patience import at_most, pause
from worker.recent import Recent
from worker.reply import Accepted
from worker.resubmit import again_after
from worker.schedule import next_look
from worker.task import Task
from worker.waiting import Done, Failed, GoOn, judge

log = logging.getLogger(__name__)

GRACE = 2.0
"""Seconds a look under way may go on beyond the wait it belongs to: it may be the one that brings the solution."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A solved task, as its caller gets it."""

    receipt: Receipt
    members: Mapping[str, object] = field(repr=False)


class Solver:
    """Carries tasks out with one account. `clock` is monotonic, `wall` gives Unix seconds; both in seconds."""

    def __init__(
        self,
        api: Api,
        accountant: Accountant,
        metrics: Metrics,
        *,
        secrets: tuple[str, ...] = (),
        speed: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._api, self._accountant, self._metrics = api, accountant, metrics
        self._secrets, self._speed = secrets, speed
        self._clock, self._wall, self._jitter = clock, wall, jitter
        self._recent = Recent()

    async def submit(self, task: Task, until: float, stop: asyncio.Event) -> Receipt:
        """Hand the task over once, trying up to `until` (of the clock) while refusals prove that it does not count.

        `stop` ends it between two tries, never within one. ProblemError when the API has not taken it.
        """
        tries = 0
        while True:
            await self._take_turn(until, stop)
            with self._metrics.calls.labels("submit").time(), calling("submit") as call:
                outcome = await self._api.submit(task.form)
                call.outcome = type(outcome).__name__.lower()
            tries += 1
            self._metrics.submissions.labels(task.kind.name, call.outcome).inc()
            await self._accountant.heard_submission(outcome)
            if isinstance(outcome, Accepted):
                return Receipt(outcome.id, task.kind, self._wall())
            wait = again_after(outcome, tries, self._jitter(), self._speed)
            if wait is None or self._clock() + wait > until:
                raise ProblemError(not_submitted(outcome, (*self._secrets, *task.secrets)))
            await self._unless_stopped(wait, stop)

    async def wait(self, receipt: Receipt, until: float, stop: asyncio.Event, secrets: tuple[str, ...] = ()) -> Answer | None:
        """Look for the solution up to `until` (of the clock) or `stop`; None when it is not there by then."""
        born = self._clock() - (self._wall() - receipt.submitted)
        judged, earliest = GoOn(), 0.0
        while True:
            age = max(self._clock() - born, earliest)
            look = next_look(receipt.kind, age, until - born, self._recent.of(receipt.captcha_id), self._speed)
            if look is None or earliest > until - born:
                await pause(until - self._clock(), stop)
                return None
            if await pause(born + look - self._clock(), stop):
                return None
            shut = self._shut(receipt)
            if shut is not None:
                earliest = shut - born
                continue
            earliest = max(look, self._clock() - born)
            self._recent.looked(receipt.captcha_id, earliest)
            outcome = await at_most(self._look(receipt), until + GRACE - self._clock(), stop, GRACE)
            if outcome is None:
                return None
            verdict = judge(outcome, judged, earliest)
            if isinstance(verdict, Done):
                return self._answer(receipt, verdict)
            if isinstance(verdict, Failed):
                raise ProblemError(not_solved(receipt, verdict.code, verdict.text, (*self._secrets, *secrets)))
            judged, earliest = verdict, earliest + verdict.after / self._speed

    async def _take_turn(self, until: float, stop: asyncio.Event) -> None:
        self._accountant.check()
        if not await self._accountant.turn(until, stop):
            raise ProblemError(_draining() if stop.is_set() else no_turn())
        self._accountant.check()  # others may have been refused meanwhile

    async def _unless_stopped(self, seconds: float, stop: asyncio.Event) -> None:
        if await pause(seconds, stop):
            raise ProblemError(_draining())

    def _shut(self, receipt: Receipt) -> float | None:
        breaker = self._accountant.state.poll
        if breaker.code is None:
            return None
        if breaker.code.kind is Class.ACCOUNT:
            raise ProblemError(not_solved(receipt, breaker.code, None, ()))
        return max(breaker.until, self._clock() + 1.0 / self._speed)

    async def _look(self, receipt: Receipt) -> PollOutcome:
        with self._metrics.calls.labels("poll").time(), calling("poll") as call:
            outcome = await self._api.poll(receipt.captcha_id)
            call.outcome = type(outcome).__name__.lower()
        self._metrics.polls.labels(call.outcome).inc()
        self._accountant.heard_poll(outcome)
        return outcome

    def _answer(self, receipt: Receipt, done: Done) -> Answer:
        now = self._wall()
        self._metrics.solved.labels(receipt.kind.name).observe(max(0.0, now - receipt.submitted))
        times = {"solved_at": round(now, 3)}
        if receipt.kind.lifetime is not None:
            times["expires_at"] = round(now + receipt.kind.lifetime, 3)
        members = {**done.solved.extra, "solution": done.solved.solution, "captcha_id": receipt.captcha_id, **times}
        return Answer(receipt, members)


def _draining() -> Problem:
    return problem("WORKER_DRAINING", "The task was not handed over", retry_after=1)
