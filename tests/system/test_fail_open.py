"""A region that works while Consul calls it dead, and what `fail_open` makes of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from discovery import registration
from discovery.access import Access
from discovery.consul import Consul
from tests.integration.consul_lab import Agent, eventually, federation
from tests.ports import free_ports
from tests.system.lab import Program, Served


@asynccontextmanager
async def misjudged_region(agent: Agent) -> AsyncIterator[None]:
    """One small server for nginx and worker, that answers every task, and no check of Consul's."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"solution": "done"}, headers={"Task-Submitted": "yes"})

    app = web.Application()
    app.router.add_get("/region", answer)
    app.router.add_post("/solve", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    url = f"http://127.0.0.1:{port}"
    async with Consul(agent.address, Access()) as consul:
        endpoint = registration.region_endpoint("us", "US", (1.0, 2.0), url, "127.0.0.1", port, f"{url}/no-such-path")
        await consul.register(endpoint)
        await consul.register(registration.worker("us", "127.0.0.1", port, slots=5, version="0"))
    try:
        yield
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("fail_open", "status"), [(False, 503), (True, 200)])
async def test_a_region_consul_calls_dead_is_tried_only_with_fail_open(tmp_path: Path, fail_open: bool, status: int) -> None:
    policy = tmp_path / "gateway.toml"
    policy.write_text(f"fail_open = {str(fail_open).lower()}")
    (port,) = free_ports(1)
    async with federation("us-east") as agents, misjudged_region(agents["us-east"]), aiohttp.ClientSession() as client:
        fixed = {"PORT": str(port), "GATEWAY_CONFIG": str(policy), "LEDGER_URL": "none"}
        environ = {"CONSUL_HTTP_ADDR": agents["us-east"].address, **fixed}
        gateway = Served(Program.start(tmp_path / "gateway.log", ["-m", "gateway"], environ), f"http://127.0.0.1:{port}", client)
        try:

            async def known_as_dead() -> bool:
                try:
                    rows = (await gateway.get("/regions"))[2]["regions"]
                except aiohttp.ClientError:
                    return False
                return [(row["why_not"], len(row["workers"])) for row in rows] == [("its endpoint is not passing", 1)]

            await eventually(known_as_dead, "the gateway to know the region as Consul does")
            told = (await gateway.get("/explain"))[2]
            assert told["why"].startswith("fail open: no region looks well") == fail_open
            got, _, body = await gateway.ask("POST", "/solve", {})
            assert got == status
            assert (body.get("solution"), body.get("error")) == (("done", None) if fail_open else (None, "NO_REGION"))
        finally:
            gateway.program.kill()
