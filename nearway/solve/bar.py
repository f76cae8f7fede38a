"""How far it is: a bar on a terminal, else a line now and then. All on standard error."""

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from nearway.solve.tally import Tally

EVERY = 10.0
"""Seconds between lines, where there is no terminal."""


class Bar:
    """Shows a tally while it is open; `told` each time it changed."""

    def __init__(self, tally: Tally, clock: Callable[[], float]) -> None:
        self._tally, self._clock, self._last = tally, clock, clock()
        self._bar: Progress | None = None
        if sys.stderr.isatty():
            console = Console(stderr=True, markup=False, highlight=False)
            self._bar = Progress(BarColumn(20), TextColumn("{task.description}", markup=False), console=console, transient=True)
            self._row = self._bar.add_task(tally.words(), total=self._total())

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()
        if kind is None:
            self.say(self._tally.words())

    def told(self) -> None:
        """Show it as it is now."""
        if self._bar is not None:
            done = self._tally.solved + self._tally.failed
            self._bar.update(self._row, description=self._tally.words(), completed=done, total=self._total())
        elif self._clock() - self._last >= EVERY:
            self._last = self._clock()
            self.say(self._tally.words())

    def say(self, text: str) -> None:
        """A line above it."""
        if self._bar is not None and self._bar.live.is_started:
            self._bar.console.print(f"nearway solve: {text}", markup=False)
        else:
            print(f"nearway solve: {text}", file=sys.stderr)

    def _total(self) -> int | None:
        total = self._tally.progress.total
        return None if total is None else total + self._tally.known
