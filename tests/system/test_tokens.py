"""Tokens between gateway, region and worker, with the programs as they are run: who comes through, and how one is replaced."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contract.token import HEADER
from tests.integration.consul_lab import Agent, eventually, federation
from tests.integration.renderer_lab import Program as Renderer
from tests.ports import free_ports
from tests.system.lab import READY, Lab, Program, Served, lab, task

OLD, NEW, WRONG = "0" * 40, "1" * 40, "f" * 40


@dataclass
class Secret:
    """A secret in a file that every part has a copy of."""

    setting: str
    folder: Path
    copies: dict[str, Path] = field(default_factory=dict)

    def of(self, part: str, *tokens: str) -> dict[str, str]:
        """The setting of a part, whose copy holds these tokens."""
        self.copies[part] = self.folder / f"{self.setting}-{part}"
        self.put(part, *tokens)
        return {self.setting: str(self.copies[part])}

    def put(self, part: str, *tokens: str) -> None:
        """Replace a part's copy, as a file is replaced well: at once."""
        staged = self.copies[part].with_suffix(".new")
        staged.write_text("\n".join(tokens))
        staged.rename(self.copies[part])


@dataclass
class Parts:
    """A region with a worker, and a gateway."""

    here: Lab
    agent: Agent
    api: Served
    region: Secret
    workers: Secret
    renderer: Renderer
    worker: Served

    async def gateway(self, token: str | None) -> Served:
        """Another gateway, which shows that token."""
        (port,) = free_ports(1)
        shown = self.region.of("gateway", token) if token else {}
        environ = {"PORT": str(port), "CONSUL_HTTP_ADDR": self.agent.address, "LEDGER_URL": "none", **shown}
        program = Program.start(self.here.folder / f"gateway-{port}.log", ["-m", "gateway"], environ)
        made = Served(program, f"http://127.0.0.1:{port}", self.here.client)
        self.here.served.append(made)
        await eventually(made.is_ready, "the gateway", READY)
        return made

    async def shows(self, url: str, path: str, token: str) -> int:
        """The status for who shows that token."""
        async with self.here.client.get(url + path, headers={HEADER: token}) as response:
            return response.status

    async def said(self, program: Program, words: str) -> None:
        await eventually(lambda: words in program.said(), f"{words} in {program.output.name}", READY)


async def region_of(gateway: Served) -> Mapping[str, object]:
    """What a gateway says of the one region."""
    rows = (await gateway.get("/regions"))[2]["regions"]
    return rows[0] if rows else {}


async def takes_tasks(gateway: Served) -> bool:
    return (await region_of(gateway)).get("takes_tasks") is True


@asynccontextmanager
async def running(folder: Path, workers_token: str = OLD) -> AsyncIterator[Parts]:
    async with federation("us-east") as agents, lab(folder) as here:
        agent, api = agents["us-east"], await here.api()
        region, workers = Secret("REGION_TOKEN_FILE", folder), Secret("WORKER_TOKEN_FILE", folder)
        renderer = Renderer(folder, agent.address)
        try:
            await renderer.start(**region.of("renderer", OLD), **workers.of("renderer", OLD))
            own = {name.lower(): value for name, value in workers.of("worker", workers_token).items()}
            worker = await here.worker(api.url, consul_register="true", consul_http_addr=agent.address, **own)
            yield Parts(here, agent, api, region, workers, renderer, worker)
        finally:
            await renderer.stop()


async def submissions(api: Served) -> dict[str, int]:
    """What was paid for, by task."""
    counted: dict[str, int] = (await api.get("/witness"))[2]["submissions"]
    return counted


async def test_without_the_token_a_worker_says_only_how_it_is(tmp_path: Path) -> None:
    async with lab(tmp_path) as here:
        api = await here.api()
        worker = await here.worker(api.url, worker_token=f"{OLD},{NEW}")
        for shown in ({}, {HEADER: WRONG}, {HEADER: OLD[:-1]}, {"Authorization": f"Basic {OLD}"}):
            for method, path, submitted in [
                ("POST", "/solve", "no"),
                ("GET", "/tasks/7?kind=x", "unknown"),
                ("GET", "/metrics", "no"),
                ("GET", "/docs", "no"),
                ("GET", "/nowhere", "no"),
            ]:
                body = task("t-1", 0.5) if method == "POST" else None
                status, headers, told = await worker.ask(method, path, body, shown)
                assert (status, told["error"]) == (401, "TOKEN_REQUIRED"), path
                assert (headers["Task-Submitted"], headers["WWW-Authenticate"]) == (submitted, "Nearway-Token"), path
        assert {(await worker.get(path))[0] for path in ("/health", "/ready")} == {200}
        assert await submissions(api) == {}
        for token in (OLD, NEW):
            assert (await worker.ask("GET", "/metrics", headers={"Authorization": f"Bearer {token}"}))[0] == 200
            assert (await worker.ask("POST", "/solve", task(f"t-{token[0]}", 0.5), {HEADER: token}))[0] == 200
        assert await submissions(api) == {"t-0": 1, "t-1": 1}
        file = tmp_path / "token"
        file.write_text(OLD)
        checked = await _checked(worker.url, "--token-file", str(file), "--task", json.dumps(task("check", 0.5)), "--json")
        lines = {line["rule"]: line["mark"] for line in checked if "rule" in line}
        assert lines["token"] == "ok"
        assert "BAD" not in lines.values()
        assert checked[-1]["reached"] == "resumable"
        said = worker.program.said()
        assert "without a token that is accepted" in said
        assert not {token for token in (OLD, NEW, WRONG) if token in said}


async def _checked(*arguments: str) -> list[dict[str, str]]:
    """What `nearway check-worker` says."""
    command = [sys.executable, "-m", "nearway", "check-worker", *arguments]
    program = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said: list[dict[str, str]] = json.loads((await program.communicate())[0])
    return said


async def test_tasks_flow_all_along_while_both_tokens_are_replaced(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        gateway = await parts.gateway(OLD)
        await eventually(lambda: takes_tasks(gateway), "a region that takes tasks", READY)
        endpoint, over = f"http://127.0.0.1:{parts.renderer.port}", asyncio.Event()
        statuses: list[int] = []

        async def client(number: int) -> None:
            count = 0
            while not over.is_set():
                status, _, _ = await gateway.ask("POST", "/solve", task(f"c{number}-{count}", 0.2))
                statuses.append(status)
                count += 1

        async def accepts(url: str, path: str, token: str, status: int = 200) -> None:
            async def does() -> bool:
                return await parts.shows(url, path, token) == status

            await eventually(does, f"{status} for a token at {url}", READY)

        async def reloaded(than: int) -> None:
            async def is_so() -> bool:
                return int((await parts.renderer.status())["reloads"]) > than

            await eventually(is_so, "nginx to have other tokens", READY)

        clients = [asyncio.create_task(client(number)) for number in range(6)]
        try:
            # One after the other: who accepts, then who shows, then who accepts no longer.
            parts.region.put("renderer", OLD, NEW)
            parts.workers.put("worker", OLD, NEW)
            await accepts(endpoint, "/region", NEW)
            await accepts(parts.worker.url, "/metrics", NEW)

            before = int((await parts.renderer.status())["reloads"])
            parts.region.put("gateway", NEW, OLD)
            parts.workers.put("renderer", NEW, OLD)
            await parts.said(gateway.program, "holds 2 good token(s)")
            await reloaded(before)

            parts.region.put("renderer", NEW)
            parts.workers.put("worker", NEW)
            await accepts(endpoint, "/region", OLD, 401)
            await accepts(parts.worker.url, "/metrics", OLD, 401)
            done = len(statuses)
            await eventually(lambda: len(statuses) >= done + 12, "tasks with the new tokens alone", READY)
        finally:
            over.set()
            await asyncio.gather(*clients)
        assert set(statuses) == {200}
        counted = await submissions(parts.api)
        assert len(counted) == len(statuses)
        assert set(counted.values()) == {1}
        for text in (gateway.program.said(), parts.worker.program.said(), parts.renderer.told()):
            assert "ERROR" not in text
            assert not {token for token in (OLD, NEW) if token in text}


@pytest.mark.parametrize("shown", [WRONG, None], ids=["another", "none"])
async def test_a_gateway_whose_token_a_region_refuses_sends_nothing_there_says_so_and_needs_no_restart(
    tmp_path: Path, shown: str | None
) -> None:
    async with running(tmp_path) as parts:
        gateway = await parts.gateway(shown)

        async def says_why() -> bool:
            return "REGION_TOKEN" in str((await region_of(gateway)).get("why_not"))

        await eventually(says_why, "the reason in /regions", READY)
        status, headers, told = await gateway.ask("POST", "/solve", task("t-1", 0.5))
        assert (status, told["error"], headers["Task-Submitted"]) == (503, "NO_REGION", "no")
        assert "401 TOKEN_REQUIRED" in str(told["trail"])
        assert "401 TOKEN_REQUIRED" in gateway.program.said()
        assert await submissions(parts.api) == {}
        if shown is not None:
            parts.region.put("gateway", OLD)
            await eventually(lambda: takes_tasks(gateway), "the region to be used again", READY)
            assert (await gateway.ask("POST", "/solve", task("t-1", 0.5)))[0] == 200


async def test_a_region_whose_workers_refuse_its_token_is_left_and_the_reason_told(tmp_path: Path) -> None:
    async with running(tmp_path, workers_token=NEW) as parts:
        gateway = await parts.gateway(OLD)
        await eventually(lambda: takes_tasks(gateway), "a region that takes tasks", READY)
        for number in range(3):
            status, headers, told = await gateway.ask("POST", "/solve", task(f"t-{number}", 0.5))
            assert (status, told["error"], headers["Task-Submitted"]) == (503, "NO_REGION", "no")
            assert "502 WORKER_TOKEN_REFUSED" in str(told["trail"])
        assert "502 WORKER_TOKEN_REFUSED" in str((await region_of(gateway))["why_not"])
        assert "502 WORKER_TOKEN_REFUSED" in gateway.program.said()
        assert "without a token that is accepted" in parts.worker.program.said()
        assert await submissions(parts.api) == {}
        parts.workers.put("worker", OLD)
        await eventually(lambda: takes_tasks(gateway), "the region to be tried again", READY)


async def test_no_program_starts_without_the_token_it_is_told_of(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{OLD}\n{OLD}")
    renderer = Renderer(tmp_path, "http://127.0.0.1:9")
    for module, setting, more in [
        (["gateway"], "REGION_TOKEN_FILE", {"CONSUL_REGISTER": "false", "LEDGER_URL": "none"}),
        (["worker"], "WORKER_TOKEN_FILE", Lab.environ("http://127.0.0.1:9")),
        (["renderer", str(renderer.region)], "REGION_TOKEN_FILE", {}),
        (["renderer", str(renderer.region)], "WORKER_TOKEN_FILE", {}),
    ]:
        program = Program.start(tmp_path / "log", ["-m", *module], {**more, setting: str(file)})
        assert await program.ended() == 2
        assert f"{setting}: {file}" in program.said()
        assert OLD not in program.said()


async def test_a_configuration_of_before_there_were_tokens_is_not_served_while_consul_is_away(tmp_path: Path) -> None:
    async with federation("us-east") as agents:
        renderer = Renderer(tmp_path, agents["us-east"].address)
        try:
            await renderer.start()
            await renderer.said("nginx answers")
            renderer.signal(signal.SIGTERM)
            await renderer.ended()
            agents["us-east"].kill()
            await renderer.start(REGION_TOKEN=OLD)
            await renderer.said("asks nobody for a token")
            assert await renderer.ask() == (0, b"")
            agents["us-east"].start()
            await renderer.said("nginx answers")
            assert (await renderer.ask())[0] == 401
        finally:
            await renderer.stop()


async def test_a_template_that_leaves_the_token_out_is_not_served(tmp_path: Path) -> None:
    async with federation("us-east") as agents:
        renderer = Renderer(tmp_path, agents["us-east"].address)
        template = tmp_path / "own.j2"
        template.write_text("events {}\nhttp { server { listen {{ region.endpoint.listen }}; } }\n")
        try:
            await renderer.start(REGION_TOKEN=OLD, TEMPLATE=str(template))
            await renderer.said("the template takes no notice")
            assert await renderer.ask() == (0, b"")
        finally:
            await renderer.stop()
