"""What a worker adds to the API's own time, while it holds 500 tasks."""

import asyncio
import math
import time

from bench.figures import milliseconds, percentile
from bench.worker.direct import Direct
from tests.system.lab import Lab, Served, task

HELD, PROBES, RATE = 500, 1000, 25
GAP = 0.01
"""Seconds between the arrivals of the tasks held: a tenth of `SUBMIT_GAP`'s default. Tasks handed over in one instant are also
looked for in one instant, and then wait for each other."""

FIRST_WAIT = 10.0
"""Seconds after its hand-over at which the worker looks for a Turnstile task (worker/methods.py)."""


async def latency(lab: Lab) -> list[tuple[str, str]]:
    """Probes at 25/s through the worker, and as many straight to the API, in turn.

    Handing over: from the client's request until its 202, against the API's own reply to `in.php`. Solution: the API has
    it; from the instant the look is due until the client, which waits at the location, has it whole, against a look at `res.php`.
    """
    api = await lab.api(threads=100_000)
    worker = await lab.worker(api.url, api_speed=1, log_level="WARNING")
    direct = Direct(api)
    holding = []
    for number in range(HELD):
        holding.append(asyncio.create_task(worker.solve(task(f"h{number}", 86_400))))
        await asyncio.sleep(GAP)
    await worker.held(HELD)
    probes = []
    for number in range(PROBES):
        probes.append(asyncio.create_task(_through(worker, number)))
        await asyncio.sleep(0.5 / RATE)
        probes.append(asyncio.create_task(_without(direct, number)))
        await asyncio.sleep(0.5 / RATE)
    times = await asyncio.gather(*probes)
    worker.program.kill()
    await asyncio.gather(*holding, return_exceptions=True)
    await direct.close()
    return [*_rows("handing over", times, 0), *_rows("solution", times, 1)]


def _rows(what: str, times: list[tuple[float, float]], which: int) -> list[tuple[str, str]]:
    through, without = ([one[which] for one in times[first::2]] for first in (0, 1))
    rows = []
    for share in (0.5, 0.99):
        ours, theirs = percentile(through, share), percentile(without, share)
        told = f"{milliseconds(ours)} - {milliseconds(theirs)} = {milliseconds(ours - theirs)}"
        rows.append((f"{what}, p{100 * share:.0f}: worker - API alone = added, {HELD} held", told))
    return rows


async def _through(worker: Served, number: int) -> tuple[float, float]:
    begun = time.perf_counter()
    _, headers, _ = await worker.solve(task(f"p{number}", 5), "respond-async, wait=0", 202)
    took = time.perf_counter() - begun
    due = float(headers["Location"].rpartition("=")[2]) + FIRST_WAIT
    status, _, _ = await worker.get(headers["Location"], wait=60)
    late = time.time() - due
    return took, late if status == 200 else math.inf


async def _without(direct: Direct, number: int) -> tuple[float, float]:
    captcha_id, took = await direct.submit(task(f"d{number}", 5))
    await asyncio.sleep(FIRST_WAIT)
    return took, await direct.look(captcha_id)
