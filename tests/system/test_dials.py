"""Dials set by the command line, in a real federation of Consuls, followed by two gateways."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from discovery import registration
from discovery.access import Access
from discovery.consul import Consul
from discovery.keeper import Keeper
from tests.integration.consul_lab import Agent, eventually, federation
from tests.ports import free_ports
from tests.system.lab import Program, Served, Stopwatch

REGIONS = ("us-east", "eu-west", "ap-south")
LOCATIONS = {"us-east": (38.9, -77.4), "eu-west": (53.3, -6.3), "ap-south": (19.1, 72.9)}
SOON = 1.0
"""Seconds within which every gateway follows."""

pytestmark = pytest.mark.timeout(180)


HELD = "held"
"""The `X-Request-ID` of a task that is not answered before it is let go."""


@asynccontextmanager
async def region(name: str, agent: Agent, let_go: asyncio.Event) -> AsyncIterator[None]:
    """A region whose nginx and worker are one small server that answers every task at once, if it is not held."""

    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("X-Request-ID") == HELD:
            await let_go.wait()
        return web.json_response({"solution": name}, headers={"Task-Submitted": "yes"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    url = f"http://127.0.0.1:{port}"
    keepers = [
        Keeper(Consul(agent.address, Access()), wanted)
        for wanted in (
            registration.region_endpoint(name, name, LOCATIONS[name], url, "127.0.0.1", port, url),
            registration.worker(name, "127.0.0.1", port, slots=5, version="0"),
        )
    ]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        for keeper in keepers:
            await keeper.leave()
        await runner.cleanup()


@dataclass
class World:
    """The Consuls, by region, two gateways, and where commands find the Consuls."""

    agents: dict[str, Agent]
    gateways: list[Served]
    addresses: str
    let_go: asyncio.Event

    async def nearway(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command: its exit status and what it said."""
        environ = {"CONSUL_HTTP_ADDR": self.addresses, "PATH": "/usr/bin:/bin"}
        command = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "nearway", *arguments, env=environ, cwd=Path(__file__).parents[2],
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, failed = await command.communicate()
        return await command.wait(), said.decode(), failed.decode()

    async def followed(self, name: str, share: float, by: str) -> float:
        """Until both gateways tell of a dial; the seconds that took."""
        watch = Stopwatch()

        async def all_do() -> bool:
            answers = [await gateway.get("/regions") for gateway in self.gateways]
            dials = [row["dial"] for _, _, body in answers for row in body["regions"] if row["name"] == name]
            return [(dial["share"], dial["by"]) if dial else None for dial in dials] == [(share, by)] * len(self.gateways)

        await eventually(all_do, f"both gateways to have the dial {share} of {name}")
        return watch.seconds

    async def hears_eu_west_again(self) -> bool:
        """Whether both gateways know all of it from a Consul that lost its data."""
        told = [(await gateway.get("/regions"))[2] for gateway in self.gateways]
        well = all(row["dials"]["trouble"] is None for body in told for row in body["datacenters"])
        whole = [row["name"] for body in told for row in body["regions"] if row["endpoints"] and row["workers"]]
        return well and whole.count("eu-west") == len(self.gateways)

    @asynccontextmanager
    async def holding(self, name: str) -> AsyncIterator[None]:
        """A task of each gateway is in flight at a region meanwhile, and is answered there in the end."""
        self.let_go.clear()
        held = asyncio.create_task(self.served_by(name, HELD))

        async def there() -> bool:
            told = [(await gateway.get("/regions"))[2]["regions"] for gateway in self.gateways]
            return [row["in_flight"] for rows in told for row in rows if row["name"] == name] == [1] * len(self.gateways)

        await eventually(there, f"a task of each gateway to be at {name}")
        yield
        assert not held.done()
        self.let_go.set()
        assert await held == [name] * len(self.gateways)

    async def served_by(self, near: str, identity: str = "any") -> list[str]:
        """Where each gateway sends a task of a client near a region. A refusal's code when it is not sent."""
        headers = {"Nearway-Region": near, "X-Request-ID": identity}
        answers = await asyncio.gather(*(gateway.ask("POST", "/solve", {}, headers) for gateway in self.gateways))
        return [body.get("solution") or body["error"] for _, _, body in answers]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        agents = await stack.enter_async_context(federation(*REGIONS))
        client = await stack.enter_async_context(aiohttp.ClientSession())
        let_go = asyncio.Event()
        for name in REGIONS:
            await stack.enter_async_context(region(name, agents[name], let_go))
        addresses = ",".join(agent.address for agent in agents.values())
        gateways = []
        for port in free_ports(2):
            environ = {"CONSUL_HTTP_ADDR": addresses, "PORT": str(port), "CONSUL_REGISTER": "false", "LEDGER_URL": "none"}
            program = Program.start(tmp_path / f"gateway-{port}.log", ["-m", "gateway"], environ)
            stack.callback(program.kill)
            gateways.append(Served(program, f"http://127.0.0.1:{port}", client))
        made = World(agents, gateways, addresses, let_go)

        async def all_take_tasks() -> bool:
            try:
                told = [(await gateway.get("/regions"))[2]["regions"] for gateway in gateways]
            except aiohttp.ClientError:
                return False
            return all([row["name"] for row in rows if row["takes_tasks"]] == sorted(REGIONS) for rows in told)

        await eventually(all_take_tasks, "both gateways to know three regions")
        yield made


async def test_a_region_is_drained_dialled_and_undrained_and_every_gateway_follows_within_a_second(world: World) -> None:
    assert await world.served_by("eu-west") == ["eu-west"] * 2
    async with world.holding("eu-west"):
        status, said, _ = await world.nearway("drain", "eu-west", "--by", "ann@desk")
        assert (status, said) == (0, "eu-west: dial 0 (it was 1), written in ap-south, eu-west, us-east\n")
        assert await world.followed("eu-west", 0.0, "ann@desk") < SOON
        assert await world.served_by("eu-west") == ["us-east"] * 2

    status, said, _ = await world.nearway("dial", "eu-west", "0.2", "--by", "bob@desk")
    assert (status, "dial 0.2 (it was 0, by ann@desk)" in said) == (0, True)
    assert await world.followed("eu-west", 0.2, "bob@desk") < SOON
    async with world.holding("eu-west"):
        assert await world.served_by("eu-west") == ["us-east"] * 2, "one of five slots is its share, and it is taken"

    assert (await world.nearway("undrain", "eu-west", "--by", "ann@desk"))[0] == 0
    assert await world.followed("eu-west", 1.0, "ann@desk") < SOON
    assert await world.served_by("eu-west") == ["eu-west"] * 2


async def test_a_region_can_be_drained_while_its_own_datacenter_is_down_and_stays_so_when_it_is_back(world: World) -> None:
    world.agents["eu-west"].kill()
    status, said, failed = await world.nearway("drain", "eu-west", "--by", "ann@desk")
    assert (status, said) == (0, "eu-west: dial 0 (it was 1), written in ap-south, us-east\n")
    assert "not written in eu-west" in failed
    assert await world.followed("eu-west", 0.0, "ann@desk") < SOON
    assert await world.served_by("eu-west") == ["us-east"] * 2
    world.agents["eu-west"].start()
    await world.agents["us-east"].ready(list(REGIONS))

    await eventually(world.hears_eu_west_again, "both gateways to hear of eu-west's workers and dials from its own Consul")
    await world.followed("eu-west", 0.0, "ann@desk")
    assert await world.served_by("eu-west") == ["us-east"] * 2, "its own Consul has lost the dial, and the others have it"


async def test_a_dial_outlives_every_consul(world: World) -> None:
    await world.nearway("drain", "eu-west", "--by", "ann@desk")
    await world.followed("eu-west", 0.0, "ann@desk")
    for agent in world.agents.values():
        agent.kill()

    async def all_gone() -> bool:
        told = [(await gateway.get("/regions"))[2]["datacenters"] for gateway in world.gateways]
        return all(row["dials"]["trouble"] for rows in told for row in rows)

    await eventually(all_gone, "both gateways to notice")
    assert await world.served_by("eu-west") == ["us-east"] * 2
    status, _, failed = await world.nearway("undrain", "eu-west")
    assert (status, "nothing was set" in failed) == (1, True)


async def test_an_unknown_region_is_an_error_that_names_the_known_unless_it_is_forced(world: World) -> None:
    status, _, failed = await world.nearway("drain", "eu-wst")
    assert status == 2
    assert "no region 'eu-wst' is known. There are: ap-south, eu-west, us-east." in failed
    assert (await world.nearway("drain", "eu-wst", "--force"))[0] == 0


async def test_where_a_client_would_go_is_explained_as_it_then_goes(world: World) -> None:
    gateway = world.gateways[0]
    told = (await gateway.get("/explain?ip=203.0.113.7&region=eu-west"))[2]
    assert (told["ip"], told["goes_to"], told["why"]) == ("203.0.113.7", "eu-west", "the client prefers it")
    await world.nearway("drain", "eu-west", "--by", "ann@desk")
    await world.followed("eu-west", 0.0, "ann@desk")
    told = (await gateway.get("/explain?region=eu-west"))[2]
    assert (told["ip"], told["goes_to"]) == ("127.0.0.1", "us-east")
    assert told["regions"][0]["why_not"].startswith("drained: its dial is 0, set by ann@desk at 20")
    told = (await gateway.get("/explain"))[2]
    assert all(row["place"].startswith("round trip") for row in told["regions"]), "nobody knows where the client is"
    assert (await world.served_by("mars"))[0] == told["goes_to"]
    assert (await gateway.get("/explain?ip=paris"))[0] == 400
    assert [row["in_flight"] for row in (await gateway.get("/regions"))[2]["regions"]] == [0, 0, 0], "no task was made"
