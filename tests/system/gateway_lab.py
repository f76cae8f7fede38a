"""Real gateways over a real Consul and regions that do what a test tells them, and record all they were asked."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web

from discovery.records import REGION_ENDPOINTS, WORKERS
from tests.integration.consul_lab import Agent, eventually, federation
from tests.ports import free_ports
from tests.system.lab import READY, Program, Served

TASK = {"method": "turnstile"}


@dataclass
class Asked:
    """One request, as it arrived. Header names in lower case."""

    line: str
    headers: Mapping[str, str]


Submit = Callable[["Region", web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Region:
    """A region with so many slots, whose tasks are solved `seconds` after they were accepted. Its worker is in here."""

    name: str
    slots: int = 10
    seconds: float = 0.2
    submit: Submit | None = None
    wait: Submit | None = None
    asked: list[Asked] = field(default_factory=list)
    unsolved: set[str] = field(default_factory=set)
    most: int = 0
    refused: int = 0
    solved: asyncio.Condition = field(default_factory=asyncio.Condition)
    accepted: int = 0
    port: int = 0
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_post("/solve", self._submitted)
        app.router.add_get("/tasks/{id}", self._waited)
        app.router.add_get("/region", self._probed)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Gone, as by SIGKILL: connections refused, those open cut off. Tasks it had are solved all the same."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def lines(self, start: str = "") -> list[str]:
        """The request lines so far that begin so."""
        return [one.line for one in self.asked if one.line.startswith(start)]

    async def accept(self) -> web.Response:
        """Take a task."""
        self.accepted += 1
        name = f"{self.name}-{self.accepted}"
        self.unsolved.add(name)
        self.most = max(self.most, len(self.unsolved))
        asyncio.get_running_loop().call_later(self.seconds, lambda: asyncio.ensure_future(self._solve(name)))
        headers = {"Location": f"/tasks/{name}?kind=x&submitted=1.5", "Task-Submitted": "yes"}
        return web.json_response({"captcha_id": name}, status=202, headers=headers)

    async def refuse(self) -> web.Response:
        """Say that all is full."""
        self.refused += 1
        return web.json_response({"error": "REGION_FULL"}, status=503, headers={"Task-Submitted": "no", "Retry-After": "1"})

    async def _solve(self, name: str) -> None:
        async with self.solved:
            self.unsolved.discard(name)
            self.solved.notify_all()

    async def _submitted(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self._record(request)
        if self.submit is not None:
            return await self.submit(self, request)
        return await (self.refuse() if len(self.unsolved) >= self.slots else self.accept())

    async def _waited(self, request: web.Request) -> web.StreamResponse:
        self._record(request)
        if self.wait is not None:
            return await self.wait(self, request)
        return await self.answer(request)

    async def answer(self, request: web.Request) -> web.Response:
        """Hold the wait as long as it asks to be, and say what is known."""
        name = request.match_info["id"]
        given = re.search(r"wait=(\d+)", request.headers.get("Prefer", ""))
        everywhere = [region for region in REGIONS if region.name == name.rpartition("-")[0]] or [self]
        try:
            async with asyncio.timeout(float(given[1]) if given else 0.0), everywhere[0].solved:
                await everywhere[0].solved.wait_for(lambda: name not in everywhere[0].unsolved)
        except TimeoutError:
            headers = {"Task-Submitted": "yes", "Location": request.path_qs}
            return web.json_response({"captcha_id": name}, status=202, headers=headers)
        return web.json_response({"solution": f"s-{name}", "captcha_id": name}, headers={"Task-Submitted": "yes"})

    async def _probed(self, request: web.Request) -> web.Response:
        return web.json_response({})

    def _record(self, request: web.Request) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(f"{request.method} {request.path_qs}", headers))


REGIONS: list[Region] = []
"""All of the test that runs: a wait is answered at any of them."""


class GatewayLab:
    """What runs in one test."""

    def __init__(self, folder: Path, agent: Agent, client: aiohttp.ClientSession) -> None:
        self.folder, self.agent, self.client = folder, agent, client
        self.gateways: list[Served] = []

    async def region(self, name: str, location: str = "0,0", **more: object) -> Region:
        """A region that is up and registered."""
        made = Region(name, **more)  # type: ignore[arg-type]
        await made.start()
        REGIONS.append(made)
        meta = {"region": name, "title": name, "location": location, "url": f"http://127.0.0.1:{made.port}"}
        await self.register(REGION_ENDPOINTS, f"e-{name}", made.port, meta)
        await self.register(WORKERS, f"w-{name}", 9, {"region": name, "slots": str(made.slots), "resumable": "true"})
        return made

    async def gateway(self, policy: str = "", *, wait: bool = True, **settings: object) -> Served:
        """A gateway with this policy file and these settings; ready, unless it is not to be waited for."""
        (port,) = free_ports(1)
        number = len(self.gateways)
        path = self.folder / f"gateway-{number}.toml"
        path.write_text(policy)
        given = {name.upper(): str(value) for name, value in settings.items()}
        state = str(self.folder / f"gateway-{number}")
        fixed = {"PORT": str(port), "GATEWAY_CONFIG": str(path), "CONSUL_HTTP_ADDR": self.agent.address, "STATE_DIRECTORY": state}
        environ = {**fixed, **given}
        program = Program.start(self.folder / f"gateway-{number}.log", ["-m", "gateway"], environ)
        made = Served(program, f"http://127.0.0.1:{port}", self.client)
        self.gateways.append(made)
        if wait:
            await self.says(made, "/ready", 200)
        return made

    async def says(self, gateway: Served, path: str, status: int) -> None:
        """Until the gateway answers with that status."""

        async def does() -> bool:
            ended = gateway.program.process.poll()
            assert ended is None, f"the gateway ended with status {ended}:\n{gateway.program.said()}"
            try:
                return (await gateway.get(path))[0] == status
            except aiohttp.ClientError:
                return False

        await eventually(does, f"{path} to say {status}", READY)

    async def takes(self, gateway: Served, region: str) -> None:
        """Until the gateway would send a task to the region."""

        async def does() -> bool:
            rows = (await gateway.get("/regions"))[2]["regions"]
            return bool(next(row["takes_tasks"] for row in rows if row["name"] == region))

        await eventually(does, f"{region} to take tasks", READY)

    async def register(self, service: str, name: str, port: int, meta: Mapping[str, str]) -> None:
        """Put it into Consul."""
        body = {"Name": service, "ID": name, "Address": "127.0.0.1", "Port": port, "Meta": meta}
        async with self.client.put(f"{self.agent.address}/v1/agent/service/register", json=body) as response:
            assert response.status == 200, await response.text()

    async def end(self) -> None:
        """Kill what runs."""
        for gateway in self.gateways:
            gateway.program.kill()
        for region in REGIONS:
            await region.stop()
        REGIONS.clear()


@asynccontextmanager
async def gateway_lab(folder: Path) -> AsyncIterator[GatewayLab]:
    """A Consul, and a client that opens as many connections as are asked for."""
    async with (
        federation("dc1") as agents,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=120)) as client,
    ):
        made = GatewayLab(folder, agents["dc1"], client)
        try:
            yield made
        finally:
            await made.end()
