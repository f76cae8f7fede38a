"""Running commands of the operator's: with a time limit, their output in our log, and not held up by what they leave running."""

import asyncio
import logging
import os
import signal
from collections import deque
from contextlib import suppress

from renderer.tool.command import Command

log = logging.getLogger(__name__)

LAST_WORDS = 0.2
"""Seconds to read what a command said last, after it has ended. What it left running may hold its output open for ever."""

TO_END = 2.0
"""Seconds a command has to end when its time is over, before it is killed."""

_reading: set[asyncio.Task[None]] = set()


async def run(command: Command, seconds: float) -> str | None:
    """What went wrong, or None."""
    there, here = os.pipe()
    said: deque[str] = deque(maxlen=5)
    try:
        process = await asyncio.create_subprocess_exec(
            *command.argv, stdin=asyncio.subprocess.DEVNULL, stdout=here, stderr=here, start_new_session=True
        )
    except OSError as error:
        os.close(there)
        return f"{command} can't be started: {error.strerror}"
    finally:
        os.close(here)
    reading = asyncio.create_task(_read(there, command, said))
    _reading.add(reading)
    reading.add_done_callback(_reading.discard)
    trouble = await _ended(process, seconds)
    await asyncio.wait([reading], timeout=LAST_WORDS)
    return None if trouble is None else f"{command}: {trouble}" + (f": {' '.join(said)}" if said else "")


async def _ended(process: asyncio.subprocess.Process, seconds: float) -> str | None:
    try:
        status = await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        await _end(process)
        return f"it did not end in {seconds:g} s"
    except asyncio.CancelledError:
        await _end(process)
        raise
    if status == 0:
        return None
    return f"status {status}" if status > 0 else f"ended by {signal.Signals(-status).name}"


async def _end(process: asyncio.subprocess.Process) -> None:
    """It and its children, in its own session."""
    _signal(process, signal.SIGTERM)
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), TO_END)
    _signal(process, signal.SIGKILL)
    await process.wait()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


async def _read(pipe: int, command: Command, said: deque[str]) -> None:
    """Into the log, for as long as anybody has the other end: who can't write any more would die of it."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", 0)
    )
    try:
        while line := await _line(reader):
            text = line.decode(errors="replace").rstrip()
            said.append(text)
            log.info("%s: %s", command, text)
    finally:
        transport.close()


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil()
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        return await reader.read(error.consumed)
