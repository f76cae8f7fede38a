"""Running nginx: checked, started in the foreground, supervised, reloaded, and taken along when we leave."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from renderer import children, leftover
from renderer.region import Listen
from renderer.supervision import die_with, supervise

log = logging.getLogger(__name__)

TAKE_OVER = 5.0
"""Seconds nginx has for a new configuration. It tries for 2.5 s to listen on an address that is taken, then gives up."""

Answers = Callable[[], Awaitable[bool]]
"""Whether nginx answers."""


class Nginx:
    """One nginx, from `start` to `leave`, on one configuration file. `run_dir` is its working folder."""

    def __init__(self, binary: str, run_dir: Path, listen: Listen, answers: Answers) -> None:
        self._binary, self._run_dir, self._listen, self._answers = binary, run_dir, listen, answers
        self.config = run_dir / "nginx.conf"
        self.answering = asyncio.Event()
        self.starts = 0
        self._leaving = False
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def started(self) -> bool:
        return self._task is not None

    async def check(self, config: Path) -> str | None:
        """What nginx has against a configuration; None when it takes it."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command(config), "-t", "-q", stderr=asyncio.subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            return f"{self._binary} can't be started ({error.strerror}): install nginx, or set NGINX_PROGRAM"
        _, told = await process.communicate()
        return None if process.returncode == 0 else " ".join(told.decode(errors="replace").split()) or "nginx -t failed"

    def start(self) -> None:
        """Start it, and start it again whenever it ends."""
        self._task = asyncio.create_task(supervise("nginx", self._run, lambda: self._leaving))

    async def reload(self, patience: float = 10.0) -> str | None:
        """Have it read its configuration again, and see that it did; what went wrong, or None.

        nginx tells nobody when it refuses what its own check let pass, as an address that is taken: it goes on with what it
        had. That it took the new configuration shows in its processes, which are then others.
        """
        try:
            # Before it answers, the signal would end it.
            await asyncio.wait_for(self.answering.wait(), patience)
        except TimeoutError:
            return f"nginx did not answer for {patience:.0f} s"
        if self._process is None or self._process.returncode is not None:
            return "nginx is not running"
        return await self._reload(self._process)

    async def _reload(self, process: asyncio.subprocess.Process) -> str | None:
        before = children.serving(process.pid)
        process.send_signal(signal.SIGHUP)
        until = time.monotonic() + TAKE_OVER
        while before and not children.serving(process.pid) - before:
            if process.returncode is not None:
                return "nginx ended while it read its configuration"
            if time.monotonic() > until:
                return "nginx goes on with the configuration it had: the reason is in its log, on standard error"
            await asyncio.sleep(0.01)
        return None

    def old(self) -> int:
        """How many of its processes are of before a reload and finish what they hold."""
        return len(children.leaving(self._process.pid)) if self._process is not None else 0

    def leave(self, *, at_once: bool = False) -> None:
        """Have it end: it closes its port now, and is gone when the requests it holds are answered, or `at_once`."""
        self._leaving = True
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM if at_once else signal.SIGQUIT)

    async def gone(self) -> None:
        """Until it has ended."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> str:
        await self._make_room()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(self.config),
                cwd=self._run_dir,
                start_new_session=True,
                preexec_fn=die_with(os.getpid(), signal.SIGQUIT),
            )
        except OSError as error:
            return f"{self._binary} can't be started: {error.strerror}"
        self.starts += 1
        if self._leaving:
            self.leave()
        look = asyncio.create_task(self._look())
        status = await self._process.wait()
        look.cancel()
        self.answering.clear()
        return f"status {status}"

    async def _look(self) -> None:
        while not await self._answers():  # noqa: ASYNC110 -- nginx tells nobody when it is ready
            await asyncio.sleep(0.02)
        self.answering.set()
        log.info("nginx answers at %s", self._listen)

    async def _make_room(self) -> None:
        found = leftover.dismiss(self._run_dir)
        if found:
            log.warning("nginx processes left behind were told to leave: %s", found)
        await leftover.until_free(self._listen)

    def _command(self, config: Path) -> tuple[str, ...]:
        return (self._binary, "-e", "stderr", "-p", str(self._run_dir), "-c", str(config))
