"""The faults: what is struck, on real processes with real signals."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress

from demo.layout import PLACES
from demo.processes import Process, kill
from tests.system.whole import Whole

Strike = Callable[[Whole], Coroutine[None, None, None]]

NEAR, OTHER, THIRD = "eu-west", "us-east", "ap-south"
"""The region that most is struck in, and the others by their distance from it."""

RELOADS, RELOAD_GAP = 8, 0.5


async def worker_killed(here: Whole, region: str = NEAR, number: int = 1) -> None:
    """SIGKILL."""
    await kill([here.system.processes[f"worker-{region}-{number}"]])


async def worker_stopped(here: Whole, region: str = NEAR, number: int = 1) -> None:
    """SIGSTOP: it hangs with all it holds, and its checks time out."""
    _signal([here.system.processes[f"worker-{region}-{number}"]], signal.SIGSTOP)


async def nginx_killed(here: Whole, region: str = NEAR) -> None:
    """SIGKILL for nginx alone: its renderer lives, and starts it again."""
    (renderer,) = here.system.of_region(region, "region")
    for pid in renderer.family() - {renderer.group}:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def consul_killed(here: Whole, region: str = NEAR) -> None:
    """SIGKILL."""
    await kill(here.system.of_region(region, "consul"))


async def region_killed(here: Whole, region: str = NEAR) -> None:
    """SIGKILL for its Consul, its nginx, its renderer and its workers at once, as a power failure would."""
    await kill([process for kind in ("consul", "region", "worker") for process in here.system.of_region(region, kind)])


async def every_worker_restarted(here: Whole) -> None:
    """SIGTERM, and a new one; one after the other in each region, all regions at a time."""
    await asyncio.gather(*(_workers_restarted(here, place.region) for place in PLACES))


async def reloaded(here: Whole, regions: tuple[str, ...] = (NEAR, OTHER, THIRD)) -> None:
    """SIGHUP for every region's nginx, twice a second."""
    for _ in range(RELOADS):
        for region in regions:
            pid = here.system.run / "nginx" / region / region / "nginx.pid"
            os.kill(int(pid.read_text()), signal.SIGHUP)
        await asyncio.sleep(RELOAD_GAP)


async def everything(here: Whole) -> None:
    """All of them, at once, and so that some worker can be reached somewhere."""
    await asyncio.gather(
        region_killed(here, NEAR),
        worker_killed(here, OTHER, 1),
        worker_stopped(here, OTHER, 2),
        nginx_killed(here, THIRD),
        consul_killed(here, THIRD),
        reloaded(here, (OTHER,)),
        _restarted(here, OTHER, 3),
    )


FAULTS: dict[str, Strike] = {
    "a worker killed": worker_killed,
    "a worker stopped (SIGSTOP)": worker_stopped,
    "a region's nginx killed": nginx_killed,
    "a region's Consul killed": consul_killed,
    "a whole region killed": region_killed,
    "every worker restarted in turn": every_worker_restarted,
    "two reloads a second": reloaded,
    "all of it together": everything,
}


async def mend(here: Whole) -> None:
    """Whatever was struck runs again, and everything is well."""
    processes = here.system.processes.values()
    _signal([one for one in processes if one.runs], signal.SIGCONT)
    for process in processes:
        if not process.runs:
            await process.start()
    await here.all_is_well()


async def _workers_restarted(here: Whole, region: str) -> None:
    workers = here.system.of_region(region, "worker")
    for number in range(1, len(workers) + 1):
        await _restarted(here, region, number)
        await here.nginx_has(region, len(workers))


async def _restarted(here: Whole, region: str, number: int) -> None:
    worker = here.system.processes[f"worker-{region}-{number}"]
    worker.terminate()
    await worker.ended()
    await worker.start()


def _signal(processes: list[Process], number: signal.Signals) -> None:
    for process in processes:
        if process.group is not None:
            os.kill(process.group, number)
