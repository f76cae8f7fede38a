"""The whole system, up and down."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from demo.layout import Program
from demo.processes import Process, kill, stop

PATIENCE = 60.0
"""Seconds for everything to be up."""


class StartError(Exception):
    """Something did not come up; the text says what, and its last words."""


class System:
    """Its processes, by name. `say` tells of progress, a line at a time; `key` is a tenant's, where the gateway asks for one."""

    def __init__(self, programs: tuple[Program, ...], run: Path, say: Callable[[str], None], key: str | None = None) -> None:
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.processes = {program.name: Process(program, run / "logs") for program in programs}
        self.run, self._say = run, say
        self._begun = time.monotonic()

    async def start(self) -> None:
        """Start everything at once, each finding the others when they are up, and wait until all of it works."""
        shutil.rmtree(self.run, ignore_errors=True)
        await asyncio.gather(*(process.start() for process in self.processes.values()))
        async with aiohttp.ClientSession(headers=self.headers) as session:
            await asyncio.gather(*(self._until_ready(process, session) for process in self.processes.values()))
            await self.until(session, self.complete, "every region to take tasks and every worker to pass its checks")
        self._say(f"  everything is up after {time.monotonic() - self._begun:.1f} s")

    async def stop(self) -> None:
        """End everything; nothing is left behind."""
        await stop(self.processes.values())

    def of_region(self, region: str, kind: str) -> list[Process]:
        """A region's processes of a kind: consul, region (nginx and its renderer) or worker."""
        return [
            process
            for name, process in self.processes.items()
            if process.program.region == region and name.startswith(f"{kind}-")
        ]

    async def kill_region(self, region: str) -> None:
        """SIGKILL for a region's nginx, its renderer and its workers, all at once."""
        await kill([*self.of_region(region, "region"), *self.of_region(region, "worker")])

    async def bring_back(self, region: str) -> None:
        """Start again what `kill_region` ended."""
        for process in [*self.of_region(region, "region"), *self.of_region(region, "worker")]:
            await process.start()

    def url(self, name: str) -> str:
        """Where a program is."""
        return self.processes[name].program.address

    async def regions(self, session: aiohttp.ClientSession) -> list[dict[str, Any]]:
        """What the gateway says of the regions."""
        async with session.get(f"{self.url('gateway')}/regions") as response:
            regions = (await response.json())["regions"]
        return list(regions)

    async def complete(self, session: aiohttp.ClientSession) -> bool:
        """Whether everything works: gateway and nginx know every region and every worker of the demo in good health."""
        return await self._gateway_is_complete(session) and await self._endpoints_are_complete(session)

    async def _endpoints_are_complete(self, session: aiohttp.ClientSession) -> bool:
        for region in {process.program.region for process in self.processes.values()} - {None}:
            async with session.get(f"{self.url(f'region-{region}')}/region/workers") as response:
                if (await response.json())["workers"] != len(self.of_region(str(region), "worker")):
                    return False
        return True

    async def _gateway_is_complete(self, session: aiohttp.ClientSession) -> bool:
        regions = await self.regions(session)
        workers = [worker for region in regions for worker in region["workers"]]
        expected = sum(name.startswith("worker-") for name in self.processes)
        return (
            all(region["takes_tasks"] for region in regions)
            and len(regions) == sum(name.startswith("region-") for name in self.processes)
            and [worker["health"] for worker in workers] == ["passing"] * expected
        )

    async def until(
        self, session: aiohttp.ClientSession, condition: Callable[[aiohttp.ClientSession], Awaitable[bool]], what: str
    ) -> None:
        """Wait for a condition. StartError names `what` was waited for, when it takes too long."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not await _holds(condition, session):  # noqa: ASYNC110  (the condition is another process's)
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise StartError(f"waited {PATIENCE:.0f} s for {what}, in vain; the logs are in {self.run / 'logs'}") from None

    async def _until_ready(self, process: Process, session: aiohttp.ClientSession) -> None:
        async def ready(session: aiohttp.ClientSession) -> bool:
            if not process.runs:
                raise StartError(f"{process.program.name} ended ({process.end}); its last words:\n{process.last_words()}")
            async with session.get(process.program.ready) as response:
                return response.status == 200 and await response.read() != b"[]"

        await self.until(session, ready, process.program.name)
        self._say(f"  {process.program.name:24} {process.program.address:32} up after {time.monotonic() - self._begun:.1f} s")


async def _holds(condition: Callable[[aiohttp.ClientSession], Awaitable[bool]], session: aiohttp.ClientSession) -> bool:
    try:
        return await condition(session)
    except (aiohttp.ClientError, OSError, KeyError, ValueError):
        return False
