"""Whatever goes wrong with a change: the last good configuration stays, on disk and in nginx, and nothing needs a restart."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from tests.certificates import Authority
from tests.integration.consul_lab import Agent, eventually
from tests.integration.mounting import ROOT, fill, mounted, read_only
from tests.integration.nginx_lab import Holding, RegionNginx, StandIn, answering, free_port, servers_of, until
from tests.integration.renderer_lab import Program, consul, join

# Its status tells how many servers there are; with two of them it takes an address more. Two processes, as `answers` expects.
TEMPLATE = """
daemon off; worker_processes 2; pid {{ host.run_dir }}/nginx.pid; events {} error_log stderr;
http { access_log off; server {
  listen {{ region.endpoint.listen }};
  {% if servers | length == 2 %} listen 127.0.0.1:PORT; {% endif %}
  location / { return {{ 410 + servers | length }}; }
  location = /region { return 200; }
} }
"""


@pytest.fixture
async def workers() -> AsyncIterator[list[StandIn]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(StandIn(answering())) for _ in range(2)]


def configuration(program: Program) -> str:
    return (program.run_dir / "nginx.conf").read_text()


def holds(program: Program, worker: StandIn) -> bool:
    return f"server {worker.address}" in configuration(program)


async def _tells(program: Program, words: str) -> None:
    """`/status` says what is the matter, and that nginx serves on."""

    async def so() -> bool:
        return words in ((await program.status())["trouble"] or "")

    # nginx has the same standard error, and the same words for a full disk when it can't write to its log.
    await eventually(so, f"{words} in /status")
    said = await program.status()
    assert said["failures"] >= 1
    assert said["nginx"]["answers"]


async def _tells_no_more(program: Program) -> None:
    """Nothing is the matter any more; what was is remembered."""

    async def well() -> bool:
        said = await program.status()
        return said["trouble"] is None and said["last_failure"] is not None

    await eventually(well, "nothing the matter")


async def serving_one(agent: Agent, program: Program, worker: StandIn) -> str:
    """Start it with one worker; the configuration it then has."""
    async with consul(agent) as known:
        await join(known, worker)
    await program.start()
    await program.answers(200)
    assert holds(program, worker)
    return configuration(program)


async def test_a_reload_that_nginx_refuses_is_seen_and_the_last_good_put_back(
    agent: Agent, program: Program, workers: list[StandIn], tmp_path: Path
) -> None:
    template = tmp_path / "own.j2"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        template.write_text(TEMPLATE.replace("PORT", str(taken.getsockname()[1])))
        async with consul(agent) as known:
            await join(known, workers[0])
            await program.start(TEMPLATE=str(template))
            await program.answers(411)
            good = configuration(program)
            await join(known, workers[1])
            await program.said("nginx goes on with the configuration it had")
            await _tells(program, "nginx goes on with the configuration it had")
        assert configuration(program) == good
        assert (await program.ask())[0] == 411
    await program.answers(412)
    await _tells_no_more(program)


async def test_a_check_that_fails_keeps_the_last_good(
    agent: Agent, program: Program, workers: list[StandIn], tmp_path: Path
) -> None:
    broken, nginx = tmp_path / "broken", tmp_path / "nginx"
    refusing = f'case "$*" in *" -t"*) [ -e {broken} ] && {{ echo no luck >&2; exit 1; }} ;; esac'
    nginx.write_text(f'#!/bin/sh\n{refusing}\nexec nginx "$@"\n')
    nginx.chmod(0o755)
    program.environ["NGINX_PROGRAM"] = str(nginx)
    good = await serving_one(agent, program, workers[0])
    broken.touch()
    async with consul(agent) as known:
        await join(known, workers[1])
    await program.said("the configuration stays as it was: no luck")
    await _tells(program, "no luck")
    assert configuration(program) == good
    assert (await program.ask())[0] == 200
    broken.unlink()
    await until(partial(holds, program, workers[1]), "both workers")
    await _tells_no_more(program)


async def _serves_https(program: Program) -> bool:
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(f"https://127.0.0.1:{program.port}/solve", ssl=False) as response:
                return response.status == 200
        except aiohttp.ClientConnectionError:
            return False


async def test_a_key_that_turns_bad_keeps_the_last_good(
    agent: Agent, program: Program, workers: list[StandIn], tmp_path: Path
) -> None:
    pair = Authority(tmp_path).issue("127.0.0.1")
    tables = f'[tls]\ncertificate = "{pair.certificate}"\nkey = "{pair.key}"\n'
    program.region.write_text(program.region.read_text().replace("http:", "https:") + tables)
    good_key = pair.key.read_bytes()
    async with consul(agent) as known:
        await join(known, workers[0])
        await program.start()
        await eventually(lambda: _serves_https(program), "the worker")
        pair.key.write_text("no key")
        await join(known, workers[1])
    await program.said("the configuration stays as it was")
    await _tells(program, str(pair.key))
    assert not holds(program, workers[1])
    assert await _serves_https(program)
    pair.key.write_bytes(good_key)
    await until(partial(holds, program, workers[1]), "both workers")
    await _tells_no_more(program)


@ROOT
async def test_a_full_disk_keeps_the_last_good(agent: Agent, program: Program, workers: list[StandIn]) -> None:
    program.run_dir.mkdir(parents=True)
    with mounted("-t", "tmpfs", "-o", "size=256k", "tmpfs", on=program.run_dir):
        good = await serving_one(agent, program, workers[0])
        filler = program.run_dir / "filler"
        fill(filler)
        async with consul(agent) as known:
            await join(known, workers[1])
        await program.said("No space left on device")
        await _tells(program, "No space left on device")
        assert configuration(program) == good
        assert (await program.ask())[0] == 200
        filler.unlink()
        await until(partial(holds, program, workers[1]), "both workers")
        await _tells_no_more(program)
        await program.stop()


@ROOT
async def test_a_folder_that_can_not_be_written_keeps_the_last_good(
    agent: Agent, program: Program, workers: list[StandIn]
) -> None:
    good = await serving_one(agent, program, workers[0])
    with read_only(program.run_dir):
        async with consul(agent) as known:
            await join(known, workers[1])
        await program.said("Read-only file system")
        await _tells(program, "Read-only file system")
        assert configuration(program) == good
        assert (await program.ask())[0] == 200
    await until(partial(holds, program, workers[1]), "both workers")
    await _tells_no_more(program)


async def test_a_template_that_turns_wrong_keeps_the_last_good(
    agent: Agent, program: Program, workers: list[StandIn], tmp_path: Path
) -> None:
    template = tmp_path / "own.j2"
    right = TEMPLATE.replace("PORT", str(free_port()))
    template.write_text(right)
    async with consul(agent) as known:
        await join(known, workers[0])
        await program.start(TEMPLATE=str(template))
        await program.answers(411)
        good = configuration(program)
        template.write_text(right + "{{ nobody_knows }}")
        await join(known, workers[1])
        await program.said("'nobody_knows' is undefined")
        await _tells(program, "'nobody_knows' is undefined")
        assert configuration(program) == good
        assert (await program.ask())[0] == 411
        template.write_text(right)
        await program.answers(412)


async def test_a_template_that_nginx_refuses_is_read_again_once_it_is_mended(
    agent: Agent, program: Program, workers: list[StandIn], tmp_path: Path
) -> None:
    template = tmp_path / "own.j2"
    right = TEMPLATE.replace("PORT", str(free_port()))
    template.write_text(right)
    async with consul(agent) as known:
        await join(known, workers[0])
        await program.start(TEMPLATE=str(template))
        await program.answers(411)
        template.write_text(right + "nonsense;")
        await join(known, workers[1])
        await _tells(program, 'unknown directive "nonsense"')
        template.write_text(right)
        await program.answers(412)


async def test_old_processes_are_counted_and_gone_when_their_requests_are(tmp_path: Path) -> None:
    holding = Holding()
    region = RegionNginx(tmp_path)
    async with StandIn(holding) as worker, region.running(*servers_of([worker])):
        held = []
        for turn in range(1, 6):
            held.append(asyncio.create_task(region.post()))
            await until(partial(_held, holding, turn), "the request at its worker")
            await region.change(*servers_of([worker], slots=100 + turn))
        await until(lambda: region.nginx.old() == 5, "one process for each")
        holding.release.set()
        assert [(await task).status for task in held] == [200] * 5
        await until(lambda: region.nginx.old() == 0, "no old process")


def _held(holding: Holding, count: int) -> bool:
    return holding.held == count
