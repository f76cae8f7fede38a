"""For how long the renderer is deaf while it follows a change: an operator's question waits that long."""

import asyncio
import time

from bench.figures import Rows, milliseconds, percentile
from bench.renderer.lab import Lab

EVERY = 0.01
TURNS = 5


async def block(lab: Lab, count: int) -> Rows:
    """`/status` is asked all the time while workers leave, come and change."""
    times: list[float] = []
    asking = asyncio.create_task(_ask(lab, times))
    await lab.changes.measured(TURNS)
    asking.cancel()
    told = f"{milliseconds(percentile(times, 0.5))}, {milliseconds(percentile(times, 0.99))}, {milliseconds(max(times))}"
    return [(f"{count:,} workers: `/status` during changes: median, p99, longest", told)]


async def _ask(lab: Lab, times: list[float]) -> None:
    url = f"http://127.0.0.1:{lab.program.status_port}/status"
    while True:
        began = time.perf_counter()
        async with lab.client.get(url) as response:
            await response.read()
        times.append(time.perf_counter() - began)
        await asyncio.sleep(EVERY)
