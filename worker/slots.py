"""The worker's slots while it runs, and who must be told when it leaves."""

import asyncio
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from contract.problem import ProblemError, problem
from contract.serving import Leaving
from worker.load import Load
from worker.metrics import Metrics

KEPT = 5.0
"""Seconds for which a task's slot is kept between two requests that hold it: some round trips around the globe."""


class Slots(Leaving):
    """Counts what is held, and is the worker's `Leaving`.

    A task that was handed over, or whose wait ended before it was solved, keeps its slot until it is waited for again: else
    another would be taken in between, and the worker have more in flight than it has slots.
    """

    def __init__(self, capacity: int, metrics: Metrics) -> None:
        super().__init__()
        self.load = Load(capacity)
        self._metrics = metrics
        self._stops: weakref.WeakSet[asyncio.Event] = weakref.WeakSet()
        self._kept: dict[str, asyncio.TimerHandle] = {}
        metrics.slots.set(capacity)

    def begin(self) -> None:
        """Leave: refuse new tasks, and stop every wait that can be stopped."""
        super().begin()
        for stop in list(self._stops):
            stop.set()

    def stop(self) -> asyncio.Event:
        """An event that is set once the worker leaves."""
        event = asyncio.Event()
        self._stops.add(event)
        if self.begun:
            event.set()
        return event

    def admit(self) -> None:
        """ProblemError when no new task may be begun."""
        if self.begun:
            raise ProblemError(problem("WORKER_DRAINING", "The worker finishes what it has", retry_after=1))
        if self.load.full:
            detail = f"{self.load.active} requests are held, and {self.load.capacity} may be"
            raise ProblemError(problem("WORKER_AT_CAPACITY", detail, retry_after=1))

    def take(self) -> None:
        """One more is held."""
        self._set(self.load.taken())

    def release(self) -> None:
        """One is no longer held."""
        self._set(self.load.released())

    def keep(self, captcha_id: str) -> None:
        """The task is in flight, and nobody holds it for the moment."""
        if not self.begun:
            self.resume(captcha_id)
            self.take()
            self._kept[captcha_id] = asyncio.get_running_loop().call_later(KEPT, self.resume, captcha_id)

    def resume(self, captcha_id: str) -> None:
        """Somebody holds it again, or nobody came in time: its slot is no longer kept; nothing when none was."""
        if (timer := self._kept.pop(captcha_id, None)) is not None:
            timer.cancel()
            self.release()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold one meanwhile."""
        self.take()
        try:
            yield
        finally:
            self.release()

    def _set(self, load: Load) -> None:
        self.load = load
        self._metrics.active.set(load.active)
