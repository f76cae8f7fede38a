"""An event loop whose clock moves only when a test says so."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class SteppedLoop(asyncio.SelectorEventLoop):
    """Runs what is due now, and never waits for time to pass."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def time(self) -> float:
        return self.now

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin something; it runs up to where it must wait."""
        task = self.create_task(work)
        self.settle()
        return task

    def step(self, count: int) -> None:
        """So many rounds of what is ready, and no more."""
        for _ in range(count):
            self.call_soon(self.stop)
            self.run_forever()

    def settle(self) -> None:
        """Until nothing more happens at this time."""
        while True:
            self.step(1)
            due = any(not timer.cancelled() and timer.when() <= self.now for timer in self._scheduled)  # type: ignore[attr-defined]
            if not self._ready and not due:  # type: ignore[attr-defined]
                return

    def advance(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        until = self.now + seconds
        while True:
            self.settle()
            timers = [timer.when() for timer in self._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
            following = min(timers, default=until)
            if following >= until:
                break
            self.now = max(self.now, following)
        self.now = until
        self.settle()
