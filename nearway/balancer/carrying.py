"""Carrying one task: choose a worker, submit once, wait anywhere. The sequence; every rule is elsewhere."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from attempt.evidence import Answer, Evidence, Lost
from attempt.outcome import Outcome, Waited, outcome_of, waited_for
from attempt.rounds import LATE, SHORTEST_ROUND, WAIT, next_location, pause_after
from contract.deadline import HEADER as DEADLINE
from contract.prefer import Prefer
from nearway.balancer.admission import Admission, Granted
from nearway.balancer.choose import next_to_ask
from nearway.balancer.judging import Elsewhere, Verdict, judge_asked, judge_sent, too_late
from nearway.balancer.worker import Worker
from nearway.client.errors import NearwayError
from nearway.client.judging import Accepted
from nearway.client.solution import Solution

LOOK = 2.0
"""Seconds for a look at a worker that failed before."""


class Sends(Protocol):
    """Exchanges with workers: `attempt.exchange.Exchange`, or what a test puts in its place."""

    async def submit(self, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Evidence:
        """POST once."""
        ...

    async def get(self, url: str, headers: Mapping[str, str], seconds: float) -> Evidence:
        """GET, perhaps twice."""
        ...


class Carrier:
    """Carries tasks over the workers of an admission. Times are of the `clock`, in seconds."""

    def __init__(
        self,
        exchange: Sends,
        admission: Admission,
        near: tuple[str, ...],
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._exchange, self._admission, self._near = exchange, admission, near
        self._clock, self._sleep = clock, sleep

    async def carry(self, body: bytes, key: str, until: float) -> Solution:
        """The solution. NearwayError when there is none."""
        turn = self._admission.turn()
        while True:
            granted = await self._admission.admit(turn, key, until)
            try:
                verdict = await self._try(granted, body, until)
            finally:
                self._admission.give_back(granted)
            if not isinstance(verdict, Elsewhere):
                return _solution(verdict)

    async def ask(self, location: str, until: float) -> Solution:
        """The solution of a task that some worker has accepted. NearwayError when there is none."""
        return _solution(await self._wait(None, location, until, lambda _: None))

    async def _try(self, granted: Granted, body: bytes, until: float) -> Solution | NearwayError | Elsewhere:
        worker = granted.worker
        if granted.tests and not await self._is_back(granted):
            return Elsewhere()
        evidence = await self._submit(worker, body, until)
        self._admission.heard(granted, evidence, outcome_of(evidence))
        verdict: Verdict = judge_sent(evidence, worker)
        if not isinstance(verdict, Accepted):
            return verdict
        return await self._wait(worker, verdict.location, until, lambda to: self._admission.moved(granted, to))

    async def _is_back(self, granted: Granted) -> bool:
        """Whether one that failed answers at all; found out by a look, which costs nothing, and not by a task."""
        look = await self._exchange.get(f"{granted.worker.url}/health", {}, LOOK)
        if isinstance(look, Answer) and look.status not in (502, 504):
            self._admission.looked_well(granted)
            return True
        self._admission.heard(granted, look, Outcome.UNSENT)
        return False

    async def _submit(self, worker: Worker, body: bytes, until: float) -> Evidence:
        # One that is not resumable does not heed `Prefer`, and answers when the task is solved.
        left = max(0.001, until - self._clock())
        prefer = str(Prefer(respond_async=True, wait=0))
        headers = {"Content-Type": "application/json", "Prefer": prefer, DEADLINE: f"{left:.6f}"}
        return await self._exchange.submit(f"{worker.url}/solve", headers, body, left + LATE)

    async def _wait(
        self, worker: Worker | None, location: str, until: float, moved: Callable[[Worker], None]
    ) -> Solution | NearwayError:
        """Ask for the solution, there and then anywhere, until there is one or the time is over."""
        in_vain: set[str] = set()
        accepted, rounds = worker, 0
        while (now := self._clock()) < until:
            if worker is None:
                worker, in_vain = self._next(()) or accepted, set()
            else:
                evidence = await self._ask(worker, location, until - now)
                verdict = judge_asked(evidence, worker)
                if verdict is not None:
                    return verdict
                if waited_for(evidence) is Waited.NOT_YET and self._admission.knows(worker):
                    in_vain, rounds = set(), 0
                    location = next_location(evidence, location)
                    await self._sleep(max(0.0, SHORTEST_ROUND - (self._clock() - now)))
                    continue
                in_vain.add(worker.url)
                worker = self._next(in_vain)
            if worker is not None:
                moved(worker)
                continue
            rounds += 1
            await self._sleep(min(pause_after(rounds), max(0.0, until - self._clock())))
        return too_late(location)

    def _next(self, in_vain: set[str] | tuple[()]) -> Worker | None:
        return next_to_ask(self._admission.workers, self._admission.standing, self._near, in_vain)

    async def _ask(self, worker: Worker, location: str, left: float) -> Evidence:
        if not location.startswith("/tasks/"):
            return Lost(f"the location {location!r} is not under /tasks/")
        seconds = min(left, WAIT)
        return await self._exchange.get(worker.url + location, {"Prefer": str(Prefer(wait=seconds))}, seconds + LATE)


def _solution(verdict: Solution | NearwayError) -> Solution:
    if isinstance(verdict, Solution):
        return verdict
    raise verdict
