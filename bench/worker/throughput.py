"""How many tasks a second, and what each costs in CPU."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from bench.machine import cpu_seconds
from bench.worker.direct import Direct
from tests.system.lab import Lab, task

TASKS, CLIENTS = 3000, 100


async def throughput(lab: Lab) -> list[tuple[str, str]]:
    """100 clients, each with its next task as soon as the last is solved; the API solves at once, the first look finds it."""
    api = await lab.api(threads=100_000)
    worker = await lab.worker(api.url, api_speed=1000, log_level="WARNING")
    direct = Direct(api)

    async def through_worker(number: int) -> None:
        await worker.solve(task(f"w{number}", 0))

    async def without(number: int) -> None:
        captcha_id, _ = await direct.submit(task(f"d{number}", 0))
        await direct.look(captcha_id)

    await _rate(through_worker, 300)
    before = cpu_seconds(worker.program.process.pid)
    worked = await _rate(through_worker, TASKS)
    spent = cpu_seconds(worker.program.process.pid) - before
    alone = await _rate(without, TASKS)
    await direct.close()
    return [
        (f"tasks/s through one worker, {CLIENTS} clients", f"{worked:.0f}"),
        ("tasks/s of the same client without a worker", f"{alone:.0f}"),
        ("CPU of the worker per task (one hand-over, one look)", f"{1000 * spent / TASKS:.2f} ms"),
        ("tasks/s that one core of worker would do", f"{TASKS / spent:.0f}"),
    ]


async def _rate(carry: Callable[[int], Awaitable[None]], count: int) -> float:
    numbers = iter(range(count))

    async def client() -> None:
        for number in numbers:
            await carry(number)

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return count / (time.perf_counter() - begun)
