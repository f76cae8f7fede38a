"""What a held task takes of memory."""

import asyncio
from contextlib import suppress

from bench.machine import resident_kib
from tests.integration.consul_lab import eventually
from tests.system.lab import Lab, Served, task

TASKS = 1000


async def memory(lab: Lab) -> list[tuple[str, str]]:
    """1,000 tasks held by one worker, all of them looked for at least once."""
    trickled = await _per_task(lab, gap=0.01)
    at_once = await _per_task(lab, gap=0.0)
    return [
        (f"memory per held task, {TASKS} held, arrived at 100/s", f"{trickled:.1f} KiB"),
        (f"memory per held task, {TASKS} held, all arrived at once", f"{at_once:.1f} KiB"),
    ]


async def _per_task(lab: Lab, gap: float) -> float:
    api = await lab.api(threads=100_000)
    worker = await lab.worker(api.url, api_speed=1, log_level="WARNING")
    await worker.solve(task("warm", 0), "respond-async, wait=0", 202)
    before = resident_kib(worker.program.process.pid)
    posts = []
    for number in range(TASKS):
        posts.append(asyncio.create_task(_held(worker, number)))
        await asyncio.sleep(gap)
    await worker.held(TASKS)
    await _looked_for(api)
    held = resident_kib(worker.program.process.pid) - before
    worker.program.kill()
    await asyncio.gather(*posts, return_exceptions=True)
    return held / TASKS


async def _held(worker: Served, number: int) -> None:
    with suppress(OSError):
        await worker.solve(task(f"t{number}", 86_400))


async def _looked_for(api: Served) -> None:
    async def everyone() -> bool:
        return len((await api.get("/witness"))[2]["polls"]) == TASKS

    await eventually(everyone, "a look for each task", 60)
