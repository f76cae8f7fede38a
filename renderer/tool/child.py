"""The program that is run: started, kept running, told to read its files again, and taken along when we leave."""

import asyncio
import logging
import os
import signal
import time
from contextlib import suppress

from renderer.supervision import die_with, supervise
from renderer.tool.config import Program
from renderer.tool.running import run

log = logging.getLogger(__name__)

TAKES = 1.0
"""Seconds after a reload or a new start for which the program has to live, for its new files to count as taken."""


class Child:
    """One program, from `start` to `gone`."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._leaving = False
        self._anew = False
        self._told = "not yet"
        self.starts = 0
        self.killed = False

    @property
    def started(self) -> bool:
        return self._task is not None

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process is not None else None

    def start(self) -> None:
        """Start it, and start it again whenever it ends."""
        name = str(self._program.command)
        self._task = asyncio.create_task(supervise(name, self._run, lambda: self._leaving, self._rest))

    async def reload(self) -> str | None:
        """Have it read its files again, and see that it lives; what went wrong, or None."""
        starts = self.starts + 1
        if self.pid is None:
            self._changed.set()  # it may start now
            return await self._lives(starts, "it does not start with its new files")
        if self._program.reload_command is not None:
            return await run(self._program.reload_command, self._program.kill_timeout.seconds)
        if self._program.reload_signal is not None:
            self.signal(self._program.reload_signal)
            return await self._lives(self.starts, f"it ended after {self._program.reload_signal.name}")
        self._anew = True
        await self._end()
        return await self._lives(starts, "it ended when it was started with its new files")

    def signal(self, number: signal.Signals) -> None:
        """Pass a signal on."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def leave(self, hurry: asyncio.Event) -> None:
        """Until it has ended; by force after its time, or in a `hurry`."""
        self._leaving, self.killed = True, False
        self._changed.set()
        if self._task is None:
            return
        hurried = asyncio.create_task(hurry.wait())
        while not self._task.done():  # it may be starting just now
            ending = asyncio.create_task(self._end())
            await asyncio.wait([ending, hurried], return_when=asyncio.FIRST_COMPLETED)
            self._kill()
            await ending
            await asyncio.wait([self._task], timeout=0.1)
        hurried.cancel()

    async def _end(self) -> None:
        process = self._process
        if process is None:
            return
        self.signal(self._program.kill_signal)
        ended = asyncio.create_task(process.wait())
        await asyncio.wait([ended], timeout=self._program.kill_timeout.seconds)
        if not ended.done():
            log.error("%s did not end in %.0f s: killed", self._program.command, self._program.kill_timeout.seconds)
            self._kill()
            await ended

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self.killed = True
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _lives(self, starts: int, trouble: str) -> str | None:
        """Whether it runs for a while from now on, its start number `starts` being the last it needs."""
        until = time.monotonic() + TAKES
        while time.monotonic() < until:
            if self.starts > starts or (self.starts == starts and self.pid is None):
                break
            await asyncio.sleep(0.02)
        lives = self.starts == starts and self.pid is not None
        return None if lives else f"{self._program.command}: {trouble} ({self._told})"

    async def _rest(self, seconds: float) -> None:
        """Before it is started again; no longer than until its files change."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    async def _run(self) -> str:
        while True:
            self._anew = False
            told = await self._run_once()
            if self._leaving or not self._anew:
                return told

    async def _run_once(self) -> str:
        self.starts += 1
        self._changed.clear()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._program.command.argv,
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=die_with(os.getpid(), self._program.kill_signal),
            )
        except OSError as error:
            self._told = f"it can't be started: {error.strerror}"
            return self._told
        log.info("%s runs, process %d", self._program.command, self._process.pid)
        if self._leaving:
            self.signal(self._program.kill_signal)
        status = await self._process.wait()
        self._told = f"status {status}" if status >= 0 else signal.Signals(-status).name
        return self._told
