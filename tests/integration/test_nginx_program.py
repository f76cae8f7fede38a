"""`python -m renderer` as it is run: with a real Consul and a real nginx, started, told to leave, and killed."""

import asyncio
import os
import re
import signal
import socket
from pathlib import Path

import pytest

from discovery import registration
from discovery.instance import Health
from renderer import leftover
from tests.integration.consul_lab import Agent, eventually
from tests.integration.nginx_lab import Conduct, Holding, Seen, StandIn, answering, free_port, until
from tests.integration.renderer_lab import Program, consul, endpoints, join


async def test_workers_join_and_leave_and_the_region_is_registered(agent: Agent, program: Program) -> None:
    async with consul(agent) as known, StandIn(answering(body=b"one")) as one, StandIn(answering(body=b"two")) as two:
        await program.start()
        await program.answers(503)

        async def passing() -> bool:
            return await endpoints(known) == [Health.PASSING]

        await eventually(passing, "the region's check")
        first = await join(known, one)
        await program.answers(200)
        await join(known, two)
        await known.deregister(first)

        async def only_two() -> bool:
            return {(await program.ask())[1] for _ in range(4)} == {b"two"}

        await eventually(only_two, "the first worker gone")


async def test_a_hostile_registration_is_told_and_harms_nobody(agent: Agent, program: Program) -> None:
    async with consul(agent) as known, StandIn(answering()) as worker:
        await join(known, worker)
        evil = registration.worker("us-east", "10.0.0.1", 9, slots=1, version="1").meta
        wanted = registration.Registration("solver", "evil", "1.2.3.4; } evil {", 9, (), evil, f"http://127.0.0.1:{worker.port}/")
        await known.register(wanted)
        await program.start()
        await program.answers(200)
        await program.said("registration 'evil': Address '1.2.3.4; } evil {' is not an IP address")
        assert "evil" not in (program.run_dir / "nginx.conf").read_text()


async def test_sigterm_deregisters_first_and_lets_the_task_it_holds_end(agent: Agent, program: Program) -> None:
    holding = Holding(answering(body=b"solved"))
    worker = StandIn(answering())
    async with consul(agent) as known, worker:
        await join(known, worker)
        await program.start()
        await program.answers(200)
        await program.said("registered nearway-region")
        worker.conduct = _only_solve(holding)
        held = asyncio.create_task(program.ask())
        await until(lambda: holding.held)
        program.signal(signal.SIGTERM)
        await program.said("nginx finishes the requests it holds")
        assert await endpoints(known) == []
        await until(program.port_is_free)
        holding.release.set()
        assert await held == (200, b"solved")
        assert await program.ended() == 0
        assert leftover.processes(program.run_dir) == []


async def test_the_next_one_starts_while_the_last_one_still_holds_a_task(agent: Agent, program: Program, tmp_path: Path) -> None:
    holding = Holding(answering(body=b"solved"))
    following = Program(tmp_path, agent.address, port=program.port)
    following.environ["STATUS_LISTEN"] = program.environ["STATUS_LISTEN"]
    following.starts = 10
    worker = StandIn(answering())
    async with consul(agent) as known, worker:
        await join(known, worker)
        await program.start()
        await program.answers(200)
        worker.conduct = _only_solve(holding)
        held = asyncio.create_task(program.ask())
        await until(lambda: holding.held)
        program.signal(signal.SIGTERM)
        await program.said("nginx finishes the requests it holds")
        await following.start()
        worker.conduct = answering(body=b"next")
        try:
            await following.said("nginx answers at")
            assert await following.ask() == (200, b"next")
            assert not held.done()
            holding.release.set()
            assert await held == (200, b"solved")
            assert await program.ended() == 0
            assert await following.ask() == (200, b"next")
        finally:
            await following.stop()


async def test_a_second_sigterm_ends_it_at_once(agent: Agent, program: Program) -> None:
    holding = Holding()
    worker = StandIn(answering())
    async with consul(agent) as known, worker:
        await join(known, worker)
        await program.start()
        await program.answers(200)
        worker.conduct = _only_solve(holding)
        held = asyncio.create_task(program.ask())
        await until(lambda: holding.held)
        program.signal(signal.SIGTERM)
        await program.said("nginx finishes the requests it holds")
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
        assert await held == (0, b"")


def _only_solve(holding: Holding) -> Conduct:
    healthy = answering()

    async def conduct(seen: Seen) -> bytes | None:
        return await (holding if seen.path == "/solve" else healthy)(seen)

    return conduct


async def test_nginx_leaves_with_a_renderer_that_is_killed_and_the_next_one_starts(agent: Agent, program: Program) -> None:
    await program.start()
    await program.answers(503)
    program.signal(signal.SIGKILL)
    await until(lambda: not leftover.processes(program.run_dir), "nginx gone")
    assert program.port_is_free()
    await program.start()
    await program.answers(503)


async def test_what_is_left_of_a_killed_renderer_and_a_killed_master_gives_way(agent: Agent, program: Program) -> None:
    await program.start()
    await program.answers(503)
    master = int((program.run_dir / "nginx.pid").read_text())
    program.signal(signal.SIGSTOP)
    os.kill(master, signal.SIGKILL)
    program.signal(signal.SIGKILL)
    await program.ended()
    orphans = leftover.processes(program.run_dir)
    assert orphans
    assert not program.port_is_free()
    await program.start()
    await program.said("nginx answers at")
    await program.answers(503)
    assert not set(orphans) & set(leftover.processes(program.run_dir))


async def test_nginx_serves_on_while_consul_is_away_and_a_restart_finds_the_last_good(agent: Agent, program: Program) -> None:
    async with consul(agent) as known, StandIn(answering()) as worker:
        await join(known, worker)
        await program.start()
        await program.answers(200)
        agent.kill()
        await program.said("solver in us-east")
        assert (await program.ask())[0] == 200
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
        await program.start()
        await program.said("nginx is started with the last good configuration")
        await program.answers(200)
        agent.start()
        # It has lost all, as a development server does: now the region truly is empty.
        await program.answers(503)


async def test_without_an_answer_nothing_is_made_up(program: Program) -> None:
    program.environ["CONSUL_HTTP_ADDR"] = f"127.0.0.1:{free_port()}"
    await program.start()
    await program.said("solver in us-east")
    assert not (program.run_dir / "nginx.conf").exists()
    assert program.port_is_free()


async def test_a_wrong_template_is_told_and_mended_without_a_restart(agent: Agent, program: Program, tmp_path: Path) -> None:
    await program.start()
    await program.answers(503)
    program.signal(signal.SIGTERM)
    assert await program.ended() == 0
    template = tmp_path / "own.j2"
    template.write_text("{% if %}")
    await program.start(TEMPLATE=str(template))
    await program.said("own.j2, line 1")
    await program.answers(503)
    template.write_text(
        "daemon off; pid {{ host.run_dir }}/nginx.pid; events {} http { access_log off; server {"
        " listen {{ region.endpoint.listen }}; location / { return 418; } } }"
    )
    await program.answers(418)


async def test_two_renderers_do_not_share_a_folder(agent: Agent, program: Program, tmp_path: Path) -> None:
    await program.start()
    await program.answers(503)
    second = Program(tmp_path, agent.address, port=program.port)
    await second.start()
    assert await second.ended() == 1
    assert "another renderer works in" in second.told()
    assert (await program.ask())[0] == 503


async def test_a_taken_port_for_the_status_is_named_with_what_to_do(program: Program) -> None:
    with socket.create_server(("127.0.0.1", program.status_port)):
        await program.start()
        assert await program.ended() == 1
    told = program.told()
    assert "can't be listened on (Address already in use): stop what holds it, or change STATUS_LISTEN" in told
    assert "Traceback" not in told
    assert program.port_is_free()


async def test_a_taken_port_is_named_with_what_to_do(program: Program) -> None:
    with socket.create_server(("127.0.0.1", program.port)):
        await program.start()
        assert await program.ended() == 1
    assert f"127.0.0.1:{program.port} can't be listened on (Address already in use): stop what holds it" in program.told()


@pytest.mark.parametrize(
    ("arguments", "environ", "told"),
    [
        (["--no-such-option"], {}, "usage"),
        (["none.toml"], {}, r"none\.toml: can't be read"),
        (None, {"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        (None, {"CONSUL_HTTP_ADDR": "x:y"}, "CONSUL_HTTP_ADDR"),
    ],
)
async def test_wrong_settings_end_it_with_status_2(
    tmp_path: Path, arguments: list[str] | None, environ: dict[str, str], told: str
) -> None:
    program = Program(tmp_path, "127.0.0.1:1")
    await program.start(*(arguments or []), **environ)
    assert await program.ended() == 2
    text = program.told()
    assert re.search(told, text)
    assert "Traceback" not in text
