"""The whole system for tests and benches: the demo's programs on free ports, in whatever numbers, and a client of it."""

import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from demo.layout import GATEWAY, HOST, PLACES, Program, programs
from demo.ports import taken
from demo.system import System
from demo.tools import HOME, find_tools
from tests.integration.consul_lab import eventually
from tests.ports import blocks

CLIENTS = {place.region: place.client for place in PLACES}
"""For each region an address near it."""

SITE = {"method": "userrecaptcha", "sitekey": "6Le-wvkSAAAAAPBMRTvw0Q4Muexq9bi0DJwx_mJ-"}

STAND_IN = (sys.executable, "-m", "bench.standin")


@dataclass(frozen=True)
class Plan:
    """How much of everything, and settings beside the demo's own. `workers` per region, `slots` per worker.

    `own_api`: an API for each region, whose witness so tells of that region; no other region can answer its tasks then.
    `stand_ins` are in the workers' places, and without `nginx` also in the region endpoints'. `key` is a tenant's.
    """

    workers: int = 2
    slots: int = 20
    gateways: int = 1
    speed: float = 20
    own_api: bool = False
    stand_ins: bool = False
    nginx: bool = True
    key: str | None = None
    regions: int = len(PLACES)
    worker: Mapping[str, str] = field(default_factory=dict)
    gateway: Mapping[str, str] = field(default_factory=dict)
    api: Mapping[str, object] = field(default_factory=dict)

    def programs(self, run: Path, shift: int) -> tuple[Program, ...]:
        """All of them, every port moved by `shift`."""
        places = tuple(
            replace(one, workers=tuple(one.workers[0] + number for number in range(self.workers)))
            for one in PLACES[: self.regions]
        )
        made = programs(find_tools(), run, HOME / "regions", places=places, shift=shift, speed=self.speed)
        return tuple(planned for one in made for planned in self._as_planned(one))

    def _as_planned(self, program: Program) -> tuple[Program, ...]:
        if program.name.startswith("worker-"):
            return (self._worker(program),)
        if program.name.startswith("region-") and not self.nginx:
            return (self._endpoint(program),)
        if program.name == "gateway":
            return tuple(self._gateway(program, number) for number in range(self.gateways))
        if program.name == "simulated-api":
            return tuple(self._api(program, number) for number in range(len(PLACES) if self.own_api else 1))
        return (program,)

    def _worker(self, program: Program) -> Program:
        region = [place.region for place in PLACES].index(str(program.region))
        api = int(program.environ["CAPTCHAAI_URL"].rpartition(":")[2]) + (region if self.own_api else 0)
        own = {"MAX_CONCURRENT": str(self.slots), "CAPTCHAAI_URL": f"http://{HOST}:{api}"}
        command = STAND_IN if self.stand_ins else program.command
        return replace(program, command=command, environ={**program.environ, **own, **self.worker})

    def _endpoint(self, program: Program) -> Program:
        port = program.ports[0]
        own = {"PORT": str(port), "REGION": str(program.region), "MAX_CONCURRENT": str(self.slots * self.workers)}
        return replace(program, command=(*STAND_IN, "--endpoint"), environ={**program.environ, **own})

    def _gateway(self, program: Program, number: int) -> Program:
        name = f"{program.name}-{number + 1}" if number else program.name
        own = {"STATE_DIRECTORY": str(Path(program.environ["STATE_DIRECTORY"]).with_name(name))}
        return _moved(replace(program, name=name, environ={**program.environ, **own, **self.gateway}), number)

    def _api(self, program: Program, number: int) -> Program:
        name = f"{program.name}-{PLACES[number].region}" if self.own_api else program.name
        options = {"threads": 100_000, **self.api}
        switches = (f"--{switch.replace('_', '-')}={value}" for switch, value in options.items())
        return _moved(replace(program, name=name, command=(*program.command, *switches)), number)


def _moved(program: Program, by: int) -> Program:
    """The same program on a port so much higher."""
    (old,) = program.ports

    def move(text: str) -> str:
        return text.replace(str(old), str(old + by))

    return replace(
        program,
        command=tuple(map(move, program.command)),
        ports=(old + by,),
        ready=move(program.ready),
        address=move(program.address),
        environ={**program.environ, "PORT": str(old + by)} if "PORT" in program.environ else program.environ,
    )


@dataclass(frozen=True)
class Solved:
    """What a client got for its task; `begun` and `ended` are of the monotonic clock."""

    label: str
    status: int
    region: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    begun: float
    ended: float

    @property
    def right(self) -> bool:
        """Whether it is this task's own solution: the simulated API writes the label into it."""
        return self.status == 200 and str(self.body.get("solution")).startswith(f"sim-{self.label}-")

    @property
    def seconds(self) -> float:
        """From the request to the whole answer."""
        return self.ended - self.begun

    @property
    def stages(self) -> dict[str, float]:
        """The seconds of each stage, as the gateway tells them."""
        stages = (one.strip().partition(";dur=") for one in self.headers.get("Server-Timing", "").split(",") if one)
        return {name: float(value) / 1000 for name, _, value in stages}


class Whole:
    """A system that is up, and a client of it."""

    def __init__(self, system: System, session: aiohttp.ClientSession) -> None:
        self.system, self.session = system, session

    async def solve(
        self, region: str, label: str = "any", seconds: float = 0.5, *, gateway: str = "gateway", **headers: str
    ) -> Solved:
        """Send a task from near a region. A label has no hyphens."""
        task = {**SITE, "pageurl": f"https://example.com/?task={label}&seconds={seconds}"}
        sent = {"X-Forwarded-For": CLIENTS[region], **headers}
        begun = time.monotonic()
        async with self.session.post(f"{self.system.url(gateway)}/solve", json=task, headers=sent) as response:
            body = await response.json(content_type=None)
            served_by = response.headers.get("Nearway-Region", "")
            return Solved(label, response.status, served_by, body, response.headers, begun, time.monotonic())

    async def get(self, name: str, path: str) -> Any:
        """A program's JSON."""
        async with self.session.get(self.system.url(name) + path) as response:
            return json.loads(await response.text())

    async def witness(self, api: str = "simulated-api") -> dict[str, Any]:
        """What the simulated API has seen."""
        seen: dict[str, Any] = await self.get(api, "/witness")
        return seen

    async def forget(self, api: str = "simulated-api") -> None:
        """The witness begins anew."""
        await self.session.post(f"{self.system.url(api)}/witness/reset")

    async def in_flight(self, count: int) -> None:
        """Until the API has so many tasks in flight."""

        async def reached() -> bool:
            return bool((await self.witness())["in_flight"] == count)

        await eventually(reached, f"{count} tasks to be in flight")

    async def nginx_has(self, region: str, workers: int) -> None:
        """Until a region's nginx knows so many workers."""

        async def reached() -> bool:
            return bool((await self.get(f"region-{region}", "/region/workers"))["workers"] == workers)

        await eventually(reached, f"nginx of {region} to have {workers} workers", seconds=5)

    async def metric(self, name: str, *, gateway: str = "gateway", **labels: str) -> float:
        """The sum of a gateway's samples that have these labels; 0 where there is none."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        async with self.session.get(f"{self.system.url(gateway)}/metrics") as response:
            lines = (await response.text()).splitlines()
        found = (line for line in lines if line.startswith((f"{name}{{", f"{name} ")) and all(one in line for one in wanted))
        return sum(float(line.rpartition(" ")[2]) for line in found)

    async def accepted(self) -> float:
        """How many tasks the gateway knows to be accepted so far."""
        return await self.metric("nearway_attempts_total", outcome="accepted")

    async def restart(self, *names: str) -> None:
        """Start programs that have ended, and wait until everything is back."""
        for name in names:
            await self.system.processes[name].start()
        await self.all_is_well()

    async def all_is_well(self) -> None:
        """Until every region takes tasks and every worker passes."""
        await self.system.until(self.session, self.system.complete, "everything to be back")


@asynccontextmanager
async def whole(run: Path, plan: Plan | None = None) -> AsyncIterator[Whole]:
    """A system on free ports, from when all of it works to its end."""
    plan = plan or Plan()
    system = System(plan.programs(run, free_shift(partial(plan.programs, run))), run, lambda line: None, plan.key)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=320), headers=system.headers
    ) as session:
        try:
            await system.start()
            yield Whole(system, session)
        finally:
            await system.stop()


def free_shift(programs: Callable[[int], tuple[Program, ...]]) -> int:
    """How far to move every port so that all are free; `programs` are those of a shift."""
    for block in blocks():
        shift = block.start - GATEWAY
        if taken(programs(shift)) is None:
            return shift
    raise OSError("no room on this machine for another system: stop one")


def shows(line: str) -> None:
    """A figure for people: pytest shows it with `-s`, and when the test fails."""
    sys.stdout.write(f"{line}\n")
