"""The worker's slots while it runs, and who must be told when it leaves."""

import asyncio
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from contract.problem import ProblemError, problem
from contract.serving import Leaving
from worker.load import Load
from worker.metrics import Metrics


class Slots(Leaving):
    """Counts what is held, and is the worker's `Leaving`."""

    def __init__(self, capacity: int, metrics: Metrics) -> None:
        super().__init__()
        self.load = Load(capacity)
        self._metrics = metrics
        self._stops: weakref.WeakSet[asyncio.Event] = weakref.WeakSet()
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
