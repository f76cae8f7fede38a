"""Which task goes to which worker, and when: in the order in which they came, as soon as one has room."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from attempt.evidence import Evidence
from attempt.load import Slot
from attempt.outcome import Outcome
from contract.submitted import Submitted
from nearway.balancer.choose import Policy, choose
from nearway.balancer.standing import Standing
from nearway.balancer.strategies import Draw, turn_of
from nearway.balancer.worker import Worker
from nearway.client.errors import BusyError, NearwayError, UnreachableError


@dataclass(slots=True)
class Granted:
    """A slot at a worker, held by one task wherever it waits. `tests`: the worker failed before, and is still unheard."""

    worker: Worker
    slot: Slot
    tests: bool


@dataclass(order=True, slots=True)
class _Waiting:
    turn: int
    key: str = field(compare=False)
    granted: asyncio.Future[Granted] = field(compare=False)


class Admission:
    """Grants slots. Use it inside one event loop.

    `chance` gives numbers from 0 to under 1. `trouble` is why nothing is known of workers, where that is so.
    """

    def __init__(
        self, workers: Sequence[Worker], policy: Policy, *, clock: Callable[[], float], chance: Callable[[], float]
    ) -> None:
        self.workers, self.standing, self.trouble = tuple(workers), Standing(), ""
        self._policy, self._clock, self._chance = policy, clock, chance
        self._line: list[_Waiting] = []
        self._turns = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def change(self, workers: Sequence[Worker]) -> None:
        """These are the workers from now on."""
        self.workers = tuple(workers)
        self.standing.only({one.url for one in workers})
        self._serve()

    def knows(self, worker: Worker) -> bool:
        """Whether it has not left."""
        return any(one.url == worker.url for one in self.workers)

    def turn(self) -> int:
        """A new task's place in the line, which it keeps when it has to stand there again."""
        return next(self._turns)

    async def admit(self, turn: int, key: str, until: float) -> Granted:
        """A slot, once there is one for who stands first. NearwayError when there is none until then; nothing was paid."""
        left = until - self._clock()
        if left <= 0:
            raise self._none()
        waiting = _Waiting(turn, key, asyncio.get_running_loop().create_future())
        heapq.heappush(self._line, waiting)
        self._serve()
        try:
            async with asyncio.timeout(left):
                return await self._granted(waiting)
        except TimeoutError:
            raise self._none() from None

    def heard(self, granted: Granted, evidence: Evidence, outcome: Outcome) -> None:
        """What came of sending the task to the worker."""
        url, tested = granted.worker.url, granted.tests
        self.standing.heard(url, evidence, outcome, self._clock(), self._chance(), tested=tested)
        granted.tests = False

    def looked_well(self, granted: Granted) -> None:
        """The worker that failed before has answered a look: it is open to all again."""
        self.standing.looked_well(granted.worker.url)
        granted.tests = False
        self._serve()

    def moved(self, granted: Granted, worker: Worker) -> None:
        """The task is now waited for at another worker."""
        granted.slot.move(worker.url)
        self._serve()

    def give_back(self, granted: Granted) -> None:
        """The task is over, or goes elsewhere."""
        if granted.tests:
            self.standing.untried(granted.worker.url)
        granted.slot.give_back()
        self._serve()

    async def _granted(self, waiting: _Waiting) -> Granted:
        try:
            return await waiting.granted
        except asyncio.CancelledError:
            if waiting.granted.done() and not waiting.granted.cancelled():
                self.give_back(waiting.granted.result())
            waiting.granted.cancel()
            raise

    def _serve(self) -> None:
        while self._line:
            first = self._line[0]
            if not first.granted.done():
                draw = Draw(first.key, self._chance)
                worker = choose(self.workers, self.standing, self._policy, draw, self._clock())
                if worker is None:
                    break
                first.granted.set_result(self._grant(worker))
            heapq.heappop(self._line)
        self._look_again()

    def _grant(self, worker: Worker) -> Granted:
        self.standing.turns.take(worker.url, turn_of(self._policy.strategy, worker))
        return Granted(worker, Slot(self.standing.load, worker.url), self.standing.tried(worker.url))

    def _look_again(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._clock()
        chance = self.standing.next_chance(now) if self._line else None
        if chance is not None:
            self._timer = asyncio.get_running_loop().call_later(chance - now, self._serve)

    def _none(self) -> NearwayError:
        breakers = [self.standing.breaker(one.url) for one in self.workers]
        if not breakers:
            return UnreachableError("UNREACHABLE", f"No worker is known{self.trouble and ': '}{self.trouble}", Submitted.NO)
        if all(one.is_open for one in breakers):
            return UnreachableError("UNREACHABLE", f"No worker answers: {breakers[0].why}", Submitted.NO)
        return BusyError("NO_FREE_SLOT", "No worker had room for it in its time", Submitted.NO)
