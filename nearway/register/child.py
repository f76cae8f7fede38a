"""The program that is run: started, told, and waited for."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Self


class Child:
    """A program in a process group of its own: Ctrl-C in the terminal reaches us alone, and it only once it is deregistered."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.ending = asyncio.create_task(process.wait())

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        """Run it; its output is ours. OSError when there is no such program."""
        return cls(await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, process_group=0))

    @property
    def status(self) -> int | None:
        """Its exit status as a shell tells it, 128 and the number for a signal; None while it runs."""
        code = self._process.returncode
        return code if code is None or code >= 0 else 128 - code

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to it and to what it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    async def stop(self, number: signal.Signals, patience: float) -> None:
        """Tell it to end, and wait; after `patience` seconds it is killed, and what it left behind in any case."""
        if self.status is None:
            self.tell(number)
            await asyncio.wait([self.ending], timeout=patience)
        self.tell(signal.SIGKILL)
        await self.ending
