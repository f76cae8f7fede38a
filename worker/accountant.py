"""The one place where the account is asked about and guarded."""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress

from contract.problem import ProblemError, problem
from worker.account import Account
from worker.api import Api
from worker.codes import CODES, code_of
from worker.metrics import Metrics
from worker.outcome import PollOutcome, SubmissionOutcome
from worker.patience import at_most
from worker.reply import Accepted, NotReady, Refused, Solved
from worker.standing import Balance, Threads, Trouble, is_well

log = logging.getLogger(__name__)

_DEAD_PLAN = CODES["ERROR_KEY_DOES_NOT_EXIST"]


class Accountant:
    """Keeps the account's state, from `start` to `close`.

    In seconds: `gap` lies between two hand-overs, an answer about the account counts for `fresh`, and it is asked about `every`
    so often. `speed` divides the pauses after a refusal.
    """

    def __init__(
        self,
        api: Api,
        metrics: Metrics,
        *,
        gap: float,
        fresh: float,
        every: float,
        speed: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state = Account(speed=speed)
        self._api, self._metrics, self._clock = api, metrics, clock
        self._gap, self._fresh, self._every = gap, fresh, every
        self._asking: asyncio.Task[Threads | Trouble] | None = None
        self._asked = -math.inf
        self._changed = asyncio.Event()
        self._line = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look after the account."""
        self._task = asyncio.create_task(self._look_after())

    async def close(self) -> None:
        """Stop."""
        running = [task for task in (self._task, self._asking) if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    @property
    def paused(self) -> str | None:
        """The code for which no task is taken; None while all is well."""
        code = self.state.submit.code
        return code.name if code else None

    def check(self) -> None:
        """ProblemError when no task may be handed over now."""
        code = self.state.submit.code
        if code is not None:
            wait = max(1, math.ceil(self.state.submit.until - self._clock()))
            raise ProblemError(problem("SOLVER_PAUSED", f"{code.name}: {code.title}. {code.advice}", retry_after=wait))

    async def turn(self, until: float, stop: asyncio.Event) -> bool:
        """Stand in line for the next hand-over. False when it was not there by `until` (of the clock), or at `stop`."""
        if stop.is_set():
            return False
        if not self._line.locked() and self.state.next_turn <= self._clock():
            self._take_turn()
            return True
        return bool(await at_most(self._stand_in_line(), until - self._clock(), stop, 0.0))

    async def _stand_in_line(self) -> bool:
        async with self._line:
            # Refusals of those before may move the turn meanwhile.
            while (left := self.state.next_turn - self._clock()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(left)
            self._take_turn()
        return True

    def _take_turn(self) -> None:
        self.state = self.state.turn_taken(self._clock(), self._gap)

    async def heard_submission(self, outcome: SubmissionOutcome) -> None:
        """Learn from a hand-over."""
        if isinstance(outcome, Accepted):
            self._set(self.state.accepted())
        elif isinstance(outcome, Refused):
            self._refused(outcome, polling=False)
            if outcome.code == "ERROR_ZERO_BALANCE":
                await self._tell_busy_from_dead()

    def heard_poll(self, outcome: PollOutcome) -> None:
        """Learn from a look for a solution."""
        if isinstance(outcome, NotReady | Solved):
            self._set(self.state.answered())
        elif isinstance(outcome, Refused):
            self._refused(outcome, polling=True)

    async def threads(self) -> Threads | Trouble:
        """What the API says of the account's threads: one question at a time, whoever wants to know, and none while fresh."""
        if self._asking is None or (self._asking.done() and self._clock() - self._asked >= self._fresh):
            self._asked = self._clock()
            self._asking = asyncio.create_task(self._api.threads())
        answer = await asyncio.shield(self._asking)
        if isinstance(answer, Threads):
            self._metrics.threads.set(answer.threads)
            self._metrics.working.set(answer.working)
        return answer

    def _refused(self, refusal: Refused, *, polling: bool) -> None:
        self._metrics.code(refusal.code)
        self._set(self.state.refused(code_of(refusal.code), self._clock(), polling=polling))

    async def _tell_busy_from_dead(self) -> None:
        answer = await self.threads()
        if isinstance(answer, Threads) and answer.threads == 0:
            self._set(self.state.refused(_DEAD_PLAN, self._clock(), polling=False))

    def _set(self, state: Account) -> None:
        before, self.state = self.state, state
        if (before.submit.code, before.poll.code) == (state.submit.code, state.poll.code):
            return
        code = state.submit.code or state.poll.code
        self._metrics.paused.set(0 if state.submit.code is None else 1)
        if code is None:
            log.info("the account is used again", extra={"change": "account used"})
        else:
            log.error("the account is paused: %s, %s. %s", code.name, code.title, code.advice, extra={"change": "account paused"})
        self._changed.set()

    async def _look_after(self) -> None:
        while True:
            try:
                await self._ask()
            except Exception:  # a pause that nobody ends would be worse than any fault
                log.exception("fault while asking about the account")
            await self._rest(self._clock() + self._every)

    async def _rest(self, end: float) -> None:
        # Until `end`, or until a pause is over, whichever pause begins meanwhile.
        while (left := _default(self.state.probe_at(), end) - self._clock()) > 0:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()

    async def _ask(self) -> None:
        answer = await self.threads()
        if self.state.probe_at() is not None:
            self._set(self.state.probed(is_well(answer), self._clock()))
        elif isinstance(answer, Refused):
            self._refused(answer, polling=True)
        balance = await self._api.balance() if not isinstance(answer, Refused) else answer
        if isinstance(balance, Balance):
            self._metrics.balance.set(balance.amount)


def _default(at: float | None, end: float) -> float:
    return end if at is None else at
