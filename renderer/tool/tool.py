"""The tool at work: from Consul's news to files in place and their programs told, until it is told to leave."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable

from discovery.access import Access
from discovery.view import View
from discovery.watcher import Watcher
from renderer import status
from renderer.engine import Missing
from renderer.files import LOOK, Files, Seen
from renderer.loop import PATIENCE, Change, Step
from renderer.reading import Sources
from renderer.tool.applying import Due, swap_all, tell_all
from renderer.tool.child import Child
from renderer.tool.config import Config
from renderer.tool.output import Given, Output
from renderer.tool.report import Families, Report
from renderer.tool.report import status as say_status

log = logging.getLogger(__name__)

PASSED_ON = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""Signals that go to the program that is run."""


class Tool:
    """All templates of one configuration. Use it inside the event loop, and `close` it."""

    def __init__(self, config: Config, access: Access, clock: Callable[[], float] = time.monotonic) -> None:
        self._config, self._clock = config, clock
        self.outputs = [Output(template, config, clock) for template in config.template]
        self.child = None if config.exec is None else Child(config.exec)
        self._watcher = Watcher(access)
        self._files, self._seen = Files(config.sandbox), Seen()
        self._news = self._watcher.view
        self._anew = False
        self._began = clock()

    async def run(self, leave: asyncio.Event, hurry: asyncio.Event) -> bool:
        """Work until `leave`; then the program ends, by force in a `hurry`. Whether it went in order."""
        async with status.served(self._config.status_listen, self._said, "--status-listen"):
            working, hurried = asyncio.create_task(self._work(leave)), asyncio.create_task(hurry.wait())
            # A change that has begun is brought to its end: each step of it has its time limit.
            await asyncio.wait([working, hurried], return_when=asyncio.FIRST_COMPLETED)
            working.cancel()
            hurried.cancel()
            ended = await asyncio.gather(working, return_exceptions=True)
            if self.child is not None:
                await self.child.leave(hurry)
        for error in ended:
            if isinstance(error, Exception):
                raise error
        return self.child is None or not self.child.killed

    async def close(self) -> None:
        """Ask Consul no more."""
        await self._watcher.close()

    def passed_on(self, number: signal.Signals) -> None:
        """A signal for the program; without one, all is rendered anew."""
        if self.child is not None:
            self.child.signal(number)
        else:
            self._anew = True

    async def settled(self, seconds: float) -> bool:
        """Render until nothing is missing, for so many seconds at most; whether that came."""
        until = self._clock() + seconds
        while self.render() and self._clock() < until:
            await self._next(until)
        return not self.waiting

    def render(self) -> bool:
        """Render what has to be, and watch what that read; whether something is missing."""
        sources = Sources(self._watcher.view, os.environ, self._files.read)
        for output in self.outputs:
            output.render(sources)
        self._watcher.watch_only({query for output in self.outputs for query in output.reads.queries})
        self._seen.note({path for output in self.outputs for path in output.reads.files})
        return bool(self.waiting)

    @property
    def waiting(self) -> list[Output]:
        """Those that can't be rendered yet."""
        return [output for output in self.outputs if isinstance(output.outcome, Missing)]

    async def apply(self) -> float | None:
        """Put in place what is due; when to look again even if nothing happens."""
        steps = self._decide()
        due = [(output, step.action) for output, step in steps if isinstance(step.action, Change)]
        if not due:
            return _soonest([step.again_at for _, step in steps])
        await self._change(due)
        return _soonest([step.again_at for _, step in self._decide()])

    def _decide(self) -> list[tuple[Output, Step[Given]]]:
        # By one reading of the clock: what changed together goes out together.
        now = self._clock()
        return [(output, output.decide(now)) for output in self.outputs]

    async def _change(self, due: list[Due]) -> None:
        began = self._clock()
        outcomes = await swap_all(due)
        await tell_all(outcomes, self.child)
        now = self._clock()
        for output, change in due:
            output.settled(change, outcomes[output], began, now)

    async def _work(self, leave: asyncio.Event) -> None:
        while not leave.is_set():
            missing = self.render()
            # All at once at the start, if that is soon: programs are told once then.
            early = missing and self._clock() < self._began + PATIENCE
            again_at = self._began + PATIENCE if early else await self.apply()
            self._start()
            await self._next(again_at, leave)

    def _start(self) -> None:
        """Start the program once every file is in place; with those of an earlier run, should that take too long."""
        if self.child is None or self.child.started:
            return
        in_place = all(output.state.served is not None for output in self.outputs)
        last_good = self._clock() >= self._began + PATIENCE and all(os.path.exists(output.target) for output in self.outputs)
        if in_place or last_good:
            if not in_place:
                log.warning("not all files could be made yet: the program is started with those of an earlier run")
            self.child.start()

    async def _next(self, again_at: float | None, leave: asyncio.Event | None = None) -> None:
        """Until there is news, a file has changed, it is time, or we leave."""
        while (again_at is None or self._clock() < again_at) and not (leave is not None and leave.is_set()):
            left = LOOK if again_at is None else min(LOOK, again_at - self._clock())
            if await self._hears(left, leave):
                return
            if self._seen.changed() or self._anew:
                self._forget()
                return

    async def _hears(self, seconds: float, leave: asyncio.Event | None) -> bool:
        news = asyncio.create_task(self._watcher.after(self._news))
        waits: list[asyncio.Task[View] | asyncio.Task[bool]] = [news]
        if leave is not None:
            waits.append(asyncio.create_task(leave.wait()))
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            if not wait.done():
                wait.cancel()
        if news.done() and not news.cancelled():
            self._news = news.result()
            return True
        return False

    def _forget(self) -> None:
        self._anew = False
        for output in self.outputs:
            output.forget()

    def _said(self) -> status.Said:
        outputs = tuple((str(one.template.source), str(one.template.destination), one.teller.record) for one in self.outputs)
        runs = None if self.child is None else self.child.pid is not None
        starts = 0 if self.child is None else self.child.starts
        report = Report(outputs, self._watcher.view, runs, starts, self._clock(), time.time())
        return status.Said(say_status(report), Families(report))


def _soonest(times: list[float | None]) -> float | None:
    return min((at for at in times if at is not None), default=None)
