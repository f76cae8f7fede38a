"""`nearway register` as it is run, with a program it knows nothing of, a real Consul and a real renderer."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from discovery.consul import Consul
from discovery.instance import Health, Instance
from discovery.query import Service
from tests.integration.consul_lab import Agent, eventually
from tests.integration.renderer_lab import Program, consul
from tests.ports import free_ports

HOME = Path(__file__).resolve().parents[2]

PROGRAM = """
import http.server, json, os, pathlib, signal, sys, urllib.request
port, folder, consul = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = (folder / "health").read_text().split(" ", 1)
        self.send_response(int(status))
        self.end_headers()
        self.wfile.write(body.encode())
        with (folder / "asked").open("a") as asked:
            asked.write(body + "\\n")
    def log_message(self, *_):
        pass

def ending(number, frame):
    with urllib.request.urlopen(consul + "/v1/agent/services") as held:
        (folder / "ended").write_text(held.read().decode())
    sys.exit(7)

signal.signal(signal.SIGTERM, ending)
signal.signal(signal.SIGINT, ending)
signal.signal(signal.SIGUSR1, lambda *_: (folder / "usr1").write_text("passed on"))
(folder / "pid").write_text(str(os.getpid()))
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
"""Says of its health what the file says, and notes as it ends what Consul holds then."""

Start = Callable[..., subprocess.Popen[str]]


class Stage:
    """Where a program stands, and how it is told what to say."""

    def __init__(self, folder: Path, agent: Agent) -> None:
        self.folder, self.agent = folder, agent
        (self.port,) = free_ports(1)
        self.script = folder / "program.py"
        self.script.write_text(PROGRAM)
        self.says(200, "well")

    @property
    def options(self) -> list[str]:
        return ["--url", f"http://localhost:{self.port}", "--slots", "20", "--region", "us-east", "--interval", "200ms"]

    @property
    def command(self) -> list[str]:
        return [sys.executable, str(self.script), str(self.port), str(self.folder), self.agent.address]

    def says(self, status: int, body: str) -> None:
        new = self.folder / "health.new"
        new.write_text(f"{status} {body}")
        new.replace(self.folder / "health")

    @property
    def asked(self) -> set[str]:
        """The bodies it has answered with."""
        path = self.folder / "asked"
        return set(path.read_text().splitlines()) if path.exists() else set()


@pytest.fixture
def stage(tmp_path: Path, agent: Agent) -> Stage:
    return Stage(tmp_path, agent)


@pytest.fixture
def start(agent: Agent) -> Iterator[Start]:
    started = []

    def run(*arguments: str, consul_at: str = agent.address) -> subprocess.Popen[str]:
        environ = {**os.environ, "CONSUL_HTTP_ADDR": consul_at}
        command = [sys.executable, "-m", "nearway", "register", *arguments]
        started.append(subprocess.Popen(command, cwd=HOME, env=environ, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield run
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=20)


async def found(known: Consul) -> tuple[Instance, ...]:
    return (await known.ask(Service("us-east", "solver"))).said


async def becomes(known: Consul, *states: Health) -> None:
    async def so() -> bool:
        return [one.health for one in await found(known)] == list(states)

    await eventually(so, f"workers that are {states}")


async def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    await eventually(lambda: process.poll() is not None, "the end of nearway register")
    assert process.stderr is not None
    return process.returncode, process.stderr.read()


async def test_a_program_is_a_worker_while_it_runs_and_is_out_of_consul_before_it_is_told_to_end(
    agent: Agent, stage: Stage, start: Start
) -> None:
    async with consul(agent) as known:
        process = start(*stage.options, "--weight", "3", "--backup", "--", *stage.command)
        await becomes(known, Health.PASSING)
        (worker,) = await found(known)
        assert (worker.address, worker.port, worker.tags) == ("127.0.0.1", stage.port, ("us-east",))
        says = {"region": "us-east", "slots": "20", "weight": "3", "backup": "true", "resumable": "false"}
        assert says.items() <= worker.meta.items()
        process.send_signal(signal.SIGUSR1)
        await eventually((stage.folder / "usr1").exists, "SIGUSR1 in the program")
        process.terminate()
        status, _ = await ended(process)
        assert status == 7
        assert json.loads((stage.folder / "ended").read_text()) == {}
        assert await found(known) == ()


async def test_overload_is_no_death_and_fifty_bodies_reload_nothing(
    agent: Agent, stage: Stage, start: Start, program: Program
) -> None:
    async with consul(agent) as known:
        await program.start()
        start(*stage.options, "--", *stage.command)
        await becomes(known, Health.PASSING)
        await program.answers(501)  # nginx passes a POST on to the program, which takes none
        stage.says(503, '{"status": "overloaded"}')
        await becomes(known, Health.WARNING)
        index = (await known.ask(Service("us-east", "solver"))).index
        reloads = (await program.status())["reloads"]
        for load in range(50):
            body = json.dumps({"status": "overloaded", "load": load})
            stage.says(503, body)
            await eventually(lambda body=body: body in stage.asked, f"a look at {body}")  # type: ignore[misc]
        reply = await known.ask(Service("us-east", "solver"))
        assert [one.health for one in reply.said] == [Health.WARNING]
        assert reply.index == index
        assert (await program.status())["reloads"] == reloads
        stage.says(500, "broken")  # and the renderer does hear what matters
        await becomes(known, Health.CRITICAL)

        async def reloaded() -> bool:
            return bool((await program.status())["reloads"] > reloads)

        await eventually(reloaded, "a reload")


async def test_a_program_that_dies_is_taken_out_and_its_status_is_ours(agent: Agent, stage: Stage, start: Start) -> None:
    async with consul(agent) as known:
        process = start(*stage.options, "--", *stage.command)
        await becomes(known, Health.PASSING)
        os.kill(int((stage.folder / "pid").read_text()), signal.SIGKILL)
        status, said = await ended(process)
        assert status == 128 + signal.SIGKILL
        assert "has ended with status 137" in said
        assert await found(known) == ()


async def test_a_program_that_runs_already_is_registered_again_when_consul_forgot_it(
    agent: Agent, stage: Stage, start: Start
) -> None:
    running = subprocess.Popen(stage.command)  # noqa: ASYNC220  # it returns at once
    try:
        await eventually((stage.folder / "pid").exists, "the program")
        async with consul(agent) as known:
            process = start(*stage.options)
            await becomes(known, Health.PASSING)
            (worker,) = await found(known)
            await known.deregister(worker.id)
            await becomes(known, Health.PASSING)
            process.send_signal(signal.SIGINT)
            assert (await ended(process))[0] == 0
            assert await found(known) == ()
            assert running.poll() is None
    finally:
        running.kill()
        running.wait()


async def test_what_can_not_begin_says_why_and_leaves_nothing(agent: Agent, stage: Stage, start: Start) -> None:
    (nobody,) = free_ports(1)
    fails = [sys.executable, "-c", "raise SystemExit(3)"]
    begun = [
        (start(*stage.options, consul_at=f"127.0.0.1:{nobody}"), 1, "CONSUL_HTTP_ADDR says where Consul is"),
        (start(*stage.options), 1, "nobody answers at http://localhost:"),
        (start(*stage.options, "--", "no-such-program"), 127, "there is no program 'no-such-program'"),
        (start(*stage.options, "--", *fails), 3, "ended with status 3 before http://localhost:"),
        (start("--url", "http://127.0.0.1:9", "--region", "us-east"), 2, "required: --slots"),
        (start(*stage.options, "--slots", "none"), 2, "is not a whole number from 1 to 100000"),
    ]
    for process, status, why in begun:
        got, said = await ended(process)
        assert (got, why in said, "Traceback" in said) == (status, True, False), said
    async with consul(agent) as known:
        assert await found(known) == ()
