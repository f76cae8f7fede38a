"""What nginx serves, asked of nginx: no file and no log says that."""

import asyncio
import json
import time
from dataclasses import dataclass

EVERY = 0.004
"""Seconds between two questions."""

OVER = 0.2
"""Seconds without an answer of before after which there will be none: a reload's old processes take requests for 0.1 s."""

PATIENCE = 60.0


@dataclass(frozen=True)
class Served:
    """How far nginx is: the workers in its configuration, and all their slots."""

    workers: int
    slots: int


async def ask(port: int) -> Served:
    """On a connection of its own, which the process takes that would take a task."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /region/workers HTTP/1.0\r\n\r\n")
        said = json.loads((await reader.read()).partition(b"\r\n\r\n")[2])
        return Served(said["workers"], said["slots"])
    finally:
        writer.close()


async def until(port: int, wanted: Served) -> float:
    """When nginx last answered otherwise (time.perf_counter): from then on every answer was the wanted one."""
    began = last = time.perf_counter()
    seen = False
    while not seen or time.perf_counter() - last < OVER:
        found = await ask(port)
        if found != wanted:
            last = time.perf_counter()
        seen = seen or found == wanted
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError(f"nginx serves {found} and not {wanted} after {PATIENCE:.0f} s")
        await asyncio.sleep(EVERY)
    return last
