"""`python -m bench.waterfall [load ...]`: the gateway beside an ideal central queue, at 0.7, 0.9 and 0.97 of all slots.

Three regions of 40 slots each, stand-ins for the workers, nginx in between. Clients come from near each region in turn. Tasks
take 5 to 120 s, log-normal, twenty times as fast; the same arrivals, from a fixed seed, go through the gateway and through the
simulation. About four minutes.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import uvloop

from bench.client import Client, Told, task
from bench.figures import columns, percentile
from bench.waterfall.workload import SPEED, Arrival, arrivals, central_queue
from demo.layout import HOST
from tests.system.whole import CLIENTS, Plan, Whole, whole

LOADS = (0.7, 0.9, 0.97)
PLAN = Plan(stand_ins=True, workers=2, slots=20, gateway={"LEDGER_URL": "none"})
"""Tasks pass twenty times as fast as real ones, and would wait twenty times as long for the disk."""
SLOTS, TASKS, SEED = 120, 5000, 7
HEAD = ("load", "tasks", "ideal, mean", "gateway, mean", "ratio", "ideal, p99", "gateway, p99", "ratio of p99", "by region")


async def run(loads: Sequence[float]) -> str:
    """The table."""
    with tempfile.TemporaryDirectory() as folder:
        async with whole(Path(folder) / "run", PLAN) as here:
            return columns(HEAD, [await _row(here, load) for load in loads])


async def _row(here: Whole, load: float) -> tuple[str, ...]:
    tasks = arrivals(TASKS, SLOTS, load, SEED)
    ideal, told = central_queue(tasks, SLOTS), await _through(here, tasks)
    if wrong := [one.status for one in told if one.status != 200]:
        raise ValueError(f"{len(wrong)} tasks were not solved: {set(wrong)}")
    took = [one.seconds for one in told]
    regions = [one.region for one in told]
    return (
        f"{load:g}",
        str(TASKS),
        *_compared(fmean(ideal), fmean(took)),
        *_compared(percentile(ideal, 0.99), percentile(took, 0.99)),
        ", ".join(f"{region} {regions.count(region)}" for region in sorted(set(regions))),
    )


def _compared(ideal: float, ours: float) -> tuple[str, str, str]:
    """As seconds of a real API, and their ratio."""
    return f"{ideal * SPEED:.1f} s", f"{ours * SPEED:.1f} s", f"{ours / ideal:.3f}"


async def _through(here: Whole, tasks: Sequence[Arrival]) -> list[Told]:
    client = Client(HOST, here.system.processes["gateway"].program.ports[0])
    near = [f"X-Forwarded-For: {address}\r\n" for address in CLIENTS.values()]
    begun = asyncio.get_running_loop().time()
    sent = []
    for number, one in enumerate(tasks):
        await asyncio.sleep(max(0.0, begun + one.at - asyncio.get_running_loop().time()))
        sent.append(asyncio.create_task(client.send(task(one.seconds, near[number % len(near)]))))
    told = await asyncio.gather(*sent)
    client.close()
    return list(told)


def main(arguments: list[str]) -> int:
    """0, or 2 for a load that is none."""
    try:
        loads = [float(one) for one in arguments] or list(LOADS)
    except ValueError as error:
        sys.stderr.write(f"a load is a share of all slots, like 0.9: {error}\n")
        return 2
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.write(runner.run(run(loads)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
