"""The demo's processes: started, killed, and never left behind.

Each dies with us, also when we are killed with SIGKILL (prctl(2), PR_SET_PDEATHSIG; Linux), and is killed with all that
it started, in whatever group or session those are.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from demo.layout import Program

PR_SET_PDEATHSIG = 1

PATIENCE = 5.0
"""Seconds that programs are given to end after SIGTERM. They hold tasks for longer when asked to; a demo does not wait."""


class Process:
    """One program, running or not."""

    def __init__(self, program: Program, logs: Path) -> None:
        self.program = program
        self.log = logs / f"{program.name}.log"
        self._child: asyncio.subprocess.Process | None = None

    @property
    def group(self) -> int | None:
        """Its process group; None when it does not run."""
        return self._child.pid if self._child is not None and self.runs else None

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.returncode is None

    @property
    def end(self) -> str:
        """How it ended, in words."""
        code = self._child.returncode if self._child else None
        if code is None:
            return "it has not ended"
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

    async def start(self) -> None:
        """Start it; its output goes to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *self.program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.program.environ},
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def terminate(self) -> None:
        """Ask it, and only it, to end (SIGTERM): what it started is its own to end."""
        if self._child is not None and self.runs:
            self._child.terminate()

    def family(self) -> set[int]:
        """The process ids of it and all that it started; none when it does not run."""
        return family(self._child.pid) if self._child is not None and self.runs else set()

    async def ended(self) -> None:
        """Wait for its end."""
        if self._child is not None:
            await self._child.wait()

    def last_words(self, lines: int = 5) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""


async def kill(processes: Iterable[Process]) -> None:
    """End them all at once with SIGKILL, with all that they started, as a power failure would."""
    processes = list(processes)
    frozen: set[int] = set()
    # One that runs may start another between our look and our blow, which would then live on.
    while found := set().union(*(process.family() for process in processes)) - frozen:
        _signal(found, signal.SIGSTOP)
        frozen |= found
    _signal(frozen, signal.SIGKILL)
    for process in processes:
        await process.ended()


async def stop(processes: Iterable[Process]) -> None:
    """End them all: SIGTERM to each, and what is left of it and all that it started after a while is killed."""
    processes = list(processes)
    families = set().union(*(process.family() for process in processes))
    for process in processes:
        process.terminate()
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(process.ended() for process in processes))
    _signal(families & set(_parents()), signal.SIGKILL)
    await kill(processes)


def family(head: int) -> set[int]:
    """A process and its descendants, by their ids."""
    parents, found = _parents(), {head}
    while grown := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= grown
    return found


def _parents() -> dict[int, int]:
    """The parent of every process there is (proc(5): the fourth field of `stat`, behind a name that may hold anything)."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            found[int(stat.parent.name)] = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
    return found


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def die_with_parent() -> None:
    """To be called in a child, between fork and exec."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
