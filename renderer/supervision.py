"""Keeping a program running: started again whenever it ends, with pauses that grow; and taken along when we die."""

import asyncio
import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

LONGEST_PAUSE = 5.0

SETTLED = 10.0
"""Seconds after which a run counts as one that went well."""

_PR_SET_PDEATHSIG = 1


async def supervise(
    name: str,
    run: Callable[[], Awaitable[str]],
    leaving: Callable[[], bool],
    rest: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Run it until we leave. `run` ends when the program did, and says how; `rest` waits so many seconds, or less."""
    failures = 0
    while not leaving():
        began = time.monotonic()
        told = await run()
        if leaving():
            return
        failures = 1 if time.monotonic() - began > SETTLED else failures + 1
        log.error("%s ended (%s); starting it again in %.1f s", name, told, pause(failures))
        await rest(pause(failures))


def pause(failures: int) -> float:
    """Seconds before the next start after so many failures in a row."""
    return min(LONGEST_PAUSE, 0.1 * 2.0 ** min(failures - 1, 10))


def die_with(parent: int, how: signal.Signals) -> Callable[[], None] | None:
    """What the child does before it becomes the program: ask the kernel to have it leave when we are gone, even by SIGKILL.

    Its own session keeps a Ctrl-C at the terminal from it: that is ours to pass on (prctl(2)).
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, how)
        if os.getppid() != parent:
            os._exit(1)

    return ask
