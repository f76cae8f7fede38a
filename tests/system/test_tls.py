"""TLS and client certificates, with the programs as they are run: who comes through, and that nobody else costs money."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from attempt.evidence import NotSent
from attempt.exchange import Exchange
from tests.certificates import Authority, Pair
from tests.integration.consul_lab import Agent, eventually, federation
from tests.integration.renderer_lab import Program as Renderer
from tests.ports import free_ports
from tests.system.lab import READY, Lab, Program, Served, lab, task

NAME = "workers.example"


class Parts:
    """What runs in one test, and two CAs: `ours` is trusted everywhere, `theirs` nowhere."""

    def __init__(self, folder: Path, here: Lab) -> None:
        self.folder, self.here = folder, here
        self.ours, self.theirs = Authority(folder, "ours"), Authority(folder, "theirs")

    async def worker(self, api: Served, consul: str | None = None) -> Served:
        """A worker that wants client certificates."""
        registered = {"CONSUL_REGISTER": "true", "CONSUL_HTTP_ADDR": consul} if consul else {}
        return await self._serve("worker", {**Lab.environ(api.url), **registered}, self.ours.issue(NAME, "127.0.0.1"))

    async def gateway(self, consul: str, shown: Pair | None) -> Served:
        """A gateway that wants client certificates, and shows this one to regions."""
        keys = {"REGION_CERTIFICATE": str(shown.certificate), "REGION_KEY": str(shown.key)} if shown else {}
        environ = {"CONSUL_HTTP_ADDR": consul, "REGION_CA": str(self.ours.ca), "REGION_HTTPS_ONLY": "true", **keys}
        return await self._serve("gateway", environ, self.ours.issue("127.0.0.1"))

    def renderer(self, consul: str) -> Renderer:
        """A renderer whose region file has TLS on both sides."""
        made, here, there = Renderer(self.folder, consul), self.ours.issue("127.0.0.1"), self.ours.issue("nginx.example")
        tables = (
            made.region.read_text().replace("http:", "https:"),
            f'[tls]\ncertificate = "{here.certificate.name}"\nkey = "{here.key.name}"\nclient_ca = "{self.ours.ca.name}"',
            f'[workers]\nca = "{self.ours.ca.name}"\nname = "{NAME}"',
            f'certificate = "{there.certificate}"\nkey = "{there.key}"\n',
        )
        made.region.write_text("\n".join(tables))
        return made

    @asynccontextmanager
    async def as_client(self, served: Served, shown: Pair | None) -> AsyncIterator[Served]:
        """The client's side of it, for one that shows this certificate."""
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self.ours.client(shown))) as client:
            yield replace(served, client=client)

    async def _serve(self, name: str, environ: Mapping[str, str], pair: Pair) -> Served:
        (port,) = free_ports(1)
        tls = {"TLS_CERTIFICATE": str(pair.certificate), "TLS_KEY": str(pair.key), "TLS_CLIENT_CA": str(self.ours.ca)}
        own = {"PORT": str(port), "STATE_DIRECTORY": str(self.folder / f"{name}-{port}")}
        program = Program.start(self.folder / f"{name}-{port}.log", ["-m", name], {**environ, **tls, **own})
        made = Served(program, f"https://127.0.0.1:{port}", self.here.client)
        self.here.served.append(made)
        async with self.as_client(made, None) as asked:
            await eventually(asked.is_ready, f"the {name}", READY)
        return made


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    async with lab(tmp_path) as here:
        yield Parts(tmp_path, here)


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    async with federation("us-east") as agents:
        yield agents["us-east"]


async def submissions(api: Served) -> dict[str, int]:
    """What was paid for, by task."""
    counted: dict[str, int] = (await api.get("/witness"))[2]["submissions"]
    return counted


async def test_a_worker_works_for_those_who_show_a_certificate(parts: Parts) -> None:
    api = await parts.here.api()
    worker = await parts.worker(api)
    async with parts.as_client(worker, parts.ours.issue("nginx.example")) as client:
        _, headers, _ = await client.solve(task("t-1", 0.5), "respond-async, wait=0", 202)
        status, _, body = await client.get(headers["Location"], 20)
        assert (status, bool(body["solution"])) == (200, True)
        assert (await client.get("/metrics"))[0] == 200
        assert await submissions(api) == {"t-1": 1}
        worker.program.tell()
        assert await worker.program.ended() == 0


async def test_without_a_certificate_a_worker_says_only_how_it_is(parts: Parts) -> None:
    api = await parts.here.api()
    worker = await parts.worker(api)
    async with parts.as_client(worker, None) as client:
        for method, path, submitted in [
            ("POST", "/solve", "no"),
            ("GET", "/tasks/7?kind=x", "unknown"),
            ("GET", "/metrics", "no"),
            ("GET", "/solve", "no"),
        ]:
            status, headers, body = await client.ask(method, path, task("t-1", 0.5) if method == "POST" else None)
            assert (status, body["error"]) == (403, "CERTIFICATE_REQUIRED"), path
            assert (headers["Task-Submitted"], headers["Content-Type"]) == (submitted, "application/problem+json"), path
        assert {(await client.get(path))[0] for path in ("/health", "/ready")} == {200}
    assert await submissions(api) == {}


async def test_a_certificate_that_is_not_trusted_ends_the_handshake_before_anything_is_sent(parts: Parts) -> None:
    api = await parts.here.api()
    worker = await parts.worker(api)
    for shown in (parts.theirs.issue("nginx.example"), parts.ours.issue("nginx.example", expired=True)):
        exchange = Exchange(parts.ours.client(shown))
        evidence = await exchange.submit(f"{worker.url}/solve", {}, b"{}", 5)
        assert isinstance(evidence, NotSent), evidence
        await exchange.close()
    assert await submissions(api) == {}


async def passes_over_tls(agent: Agent, service: str) -> bool:
    """Whether Consul's check of the one instance of a service does."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{agent.address}/v1/health/checks/{service}") as response,
    ):
        checks = await response.json()
        return [check["Status"] for check in checks] == ["passing"] and "HTTP GET https://127.0.0.1:" in checks[0]["Output"]


async def takes_tasks(gateway: Served) -> bool:
    """Whether some region does, as this gateway sees it."""
    return any(region["takes_tasks"] for region in (await gateway.get("/regions"))[2]["regions"])


async def test_from_gateway_to_worker_everybody_shows_a_certificate(parts: Parts, agent: Agent) -> None:
    api = await parts.here.api()
    renderer = parts.renderer(agent.address)
    try:
        await renderer.start()
        await parts.worker(api, agent.address)
        gateway = await parts.gateway(agent.address, parts.ours.issue("gateway.example"))
        async with parts.as_client(gateway, parts.ours.issue("client.example")) as client:
            await eventually(lambda: takes_tasks(client), "a region that takes tasks")
            status, headers, body = await client.ask("POST", "/solve", task("t-1", 0.5))
            assert (status, headers.get("Nearway-Region")) == (200, "us-east"), body
        async with parts.as_client(gateway, None) as stranger:
            status, headers, body = await stranger.ask("POST", "/solve", task("t-2", 0.5))
            assert (status, body["error"], headers["Task-Submitted"]) == (403, "CERTIFICATE_REQUIRED", "no")
        for service in ("solver", "nearway-region", "nearway-gateway"):
            await eventually(partial(passes_over_tls, agent, service), f"the check of {service}")
        # The second is refused by its probes too, which may have cut the region off by then.
        for shown, told in ((None, "403 CERTIFICATE_REQUIRED"), (parts.theirs.issue("gateway.example"), "us-east")):
            gateway = await parts.gateway(agent.address, shown)
            async with parts.as_client(gateway, parts.ours.issue("client.example")) as client:
                status, headers, body = await client.ask("POST", "/solve", task("t-2", 0.5))
                assert (status, body["error"], headers["Task-Submitted"]) == (503, "NO_REGION", "no")
                assert told in "".join(body["trail"])
        assert await submissions(api) == {"t-1": 1}
    finally:
        await renderer.stop()
