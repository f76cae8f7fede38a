"""`nearway render --exec`: a program is started with its files, told of new ones, kept running, and taken along at the end."""

import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from renderer import children
from tests.integration.consul_lab import Agent, eventually
from tests.integration.mounting import ROOT, fill, mounted, read_only
from tests.integration.renderer_lab import consul
from tests.integration.tool_lab import Render, register
from tests.ports import free_ports


@pytest.fixture
async def render(agent: Agent, tmp_path: Path) -> AsyncIterator[Render]:
    made = Render(tmp_path, agent.address)
    try:
        yield made
    finally:
        await made.stop()


NGINX = """
pid {{ env("PWD") }}/pid; error_log stderr; worker_processes 1; events {}
http { access_log off; server {
  listen 127.0.0.1:{{ env("PORT") }};
  location / { return 200 {{ key_or_default("body", "one") | nginx_quoted }}; }
  {{ key_or_default("line", "") }}
} }
"""

EXEC = """
wait = "20ms:1s"
[[template]]
source = "in.j2"
destination = "nginx.conf"
check = "nginx -t -q -p {folder} -c {{path}}"
[exec]
command = "nginx -p {folder} -c {folder}/nginx.conf -g 'daemon off;'"
reload_signal = "HUP"
kill_signal = "QUIT"
kill_timeout = "5s"
"""


async def body(port: int) -> str:
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(f"http://127.0.0.1:{port}/") as response:
                return await response.text()
        except aiohttp.ClientError:
            return ""


async def test_nginx_serves_what_consul_says_and_nothing_bad_reaches_it(agent: Agent, render: Render) -> None:
    port = free_ports(1)[0]
    render.environ |= {"PORT": str(port), "PWD": str(render.folder)}
    render.write("in.j2", NGINX)

    async def serves(text: str) -> None:
        async def so() -> bool:
            return await body(port) == text

        await eventually(so, text)

    async with consul(agent) as known:
        await render.configured(EXEC.format(folder=render.folder))
        await serves("one")
        await known.put("body", "two")
        await serves("two")
        good = render.read("nginx.conf")
        await known.put("line", "nonsense;")
        await render.troubled('unknown directive "nonsense"')
        assert (render.read("nginx.conf"), await body(port)) == (good, "two")
        await known.put("body", "a'b $c")
        await render.troubled("can't be written into nginx's configuration")
        await known.put("body", "a'b")
        await known.put("line", "")
        await serves("a'b")
        await render.well()
        assert (await render.status())["program"] == {"runs": True, "starts": 1}
        master = int((render.folder / "pid").read_text())
        render.signal(signal.SIGTERM)
        assert await render.ended() == 0
        assert not children.serving(master)
    assert await body(port) == ""


# What a trap does must not start a program: a second trap that comes meanwhile changes what dash takes for its status.
PROGRAM = """#!/bin/sh
echo started with $(cat out) >> story
trap 'read body < out; echo reads $body >> story; case $body in bad) exit 7;; esac' HUP
trap 'echo told $1 >> story' USR1
trap '[ -e stubborn ] && echo stays >> story || { echo leaves >> story; exit 0; }' TERM
[ ! -e broken ] && ! grep -q bad out || exit 3
while :; do sleep 0.05; done
"""


@pytest.fixture
def program(render: Render) -> Render:
    """A program that writes down what befalls it."""
    render.write("program", PROGRAM)
    (render.folder / "program").chmod(0o755)
    render.write("in.j2", "{{ key('body') }}")
    return render


async def story(render: Render, *lines: str) -> None:
    await render.holds("story", "".join(f"{line}\n" for line in lines))


async def test_the_program_starts_when_its_file_is_there_reads_new_ones_and_is_told_to_leave(
    agent: Agent, program: Render
) -> None:
    await program.start("-t", "in.j2:out", "--exec", "./program", "--reload-signal", "HUP")
    await program.said("waits for key body")
    async with consul(agent) as known:
        await known.put("body", "one")
        await story(program, "started with one")
        await known.put("body", "two")
        await story(program, "started with one", "reads two")
        program.signal(signal.SIGUSR1)
        await story(program, "started with one", "reads two", "told")
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
    await story(program, "started with one", "reads two", "told", "leaves")


async def test_without_a_signal_it_is_started_again_and_one_that_dies_of_its_files_gets_the_last_good(
    agent: Agent, program: Render
) -> None:
    async with consul(agent) as known:
        await known.put("body", "one")
        await program.start("-t", "in.j2:out", "--exec", "./program")
        await story(program, "started with one")
        await known.put("body", "two")
        await story(program, "started with one", "leaves", "started with two")
        await known.put("body", "bad")
        await program.troubled("it ended when it was started with its new files (status 3)")
        assert program.read("out") == "two"
        assert (program.read("story") or "").splitlines()[-1] == "started with two"
        await known.put("body", "three")
        await program.holds("out", "three")
        await program.well()


async def test_one_that_dies_of_a_signal_gets_the_last_good(agent: Agent, program: Render) -> None:
    async with consul(agent) as known:
        await known.put("body", "one")
        await program.start("-t", "in.j2:out", "--exec", "./program", "--reload-signal", "SIGHUP")
        await story(program, "started with one")
        await known.put("body", "bad")
        await program.troubled("it ended after SIGHUP (status 7)")
        assert program.read("out") == "one"


async def test_one_that_dies_is_started_again_with_pauses_that_grow(agent: Agent, program: Render) -> None:
    program.write("broken", "")
    async with consul(agent) as known:
        await known.put("body", "one")
        await program.start("-t", "in.j2:out", "--exec", "./program")
    for seconds in ("0.1", "0.2", "0.4"):
        await program.said(f"./program ended (status 3); starting it again in {seconds} s")
    (program.folder / "broken").unlink()

    async def runs() -> bool:
        said = (await program.status())["program"]
        return bool(said["runs"]) and said["starts"] > 3

    await eventually(runs, "the program to run")


async def test_one_that_does_not_leave_is_killed_at_the_second_word(agent: Agent, program: Render) -> None:
    async with consul(agent) as known:
        await known.put("body", "one")
        await program.start("-t", "in.j2:out", "--exec", "./program")
        await story(program, "started with one")
    program.write("stubborn", "")
    program.signal(signal.SIGTERM)
    await story(program, "started with one", "stays")
    program.signal(signal.SIGTERM)
    assert await program.ended() == 1


async def test_a_consul_that_is_away_for_ever_and_one_that_lost_its_data_end_nothing(agent: Agent, program: Render) -> None:
    program.write("in.j2", "{{ key('body') }} {% for s in safe_service('web') %}{{ s.port }} {% endfor %}")
    async with consul(agent) as known:
        await known.put("body", "one")
        await register(agent, 1)
        await program.start("-t", "in.j2:out", "--exec", "./program", "--reload-signal", "HUP")
        await story(program, "started with one 8001")
    agent.kill()
    await program.said("Cannot connect")
    assert (await program.status())["consul"]["trouble"] is not None
    agent.start()
    await agent.ready(["us-east"])
    await program.said("Consul answers again")

    async def waits() -> bool:
        return len((await program.template())["waiting"]) == 2

    await eventually(waits, "it to wait")
    assert program.read("out") == "one 8001 "
    async with consul(agent) as known:
        await known.put("body", "two")
        await register(agent, 2)
        await program.holds("out", "two 8002 ")
    await story(program, "started with one 8001", "reads two 8002")


async def test_with_consul_away_at_the_start_the_program_runs_with_the_last_good_file(agent: Agent, program: Render) -> None:
    agent.kill()
    program.write("out", "old")
    await program.start("-t", "in.j2:out", "--exec", "./program", "--reload-signal", "HUP")
    await story(program, "started with old")
    await program.said("the program is started with those of an earlier run")
    agent.start()
    await agent.ready(["us-east"])
    async with consul(agent) as known:
        await known.put("body", "new")
        await story(program, "started with old", "reads new")


@ROOT
async def test_a_full_disk_and_a_folder_that_can_not_be_written_keep_the_last_good(agent: Agent, render: Render) -> None:
    folder = render.folder / "made"
    folder.mkdir()
    render.write("in.j2", "{{ key('body') }}")
    async with consul(agent) as known:
        await known.put("body", "one")
        with mounted("-t", "tmpfs", "-o", "size=64k", "tmpfs", on=folder):
            await render.start("-t", "in.j2:made/out", "--wait", "20ms:1s")
            await render.holds("made/out", "one")
            fill(folder / "filler")
            await known.put("body", "two")
            await render.troubled("No space left on device")
            assert render.read("made/out") == "one"
            (folder / "filler").unlink()
            await render.holds("made/out", "two")
            await render.well()
            with read_only(folder):
                await known.put("body", "three")
                await render.troubled("Read-only file system")
                assert render.read("made/out") == "two"
            await render.holds("made/out", "three")
            await render.stop()


async def test_an_http_server_is_told_by_a_command(agent: Agent, render: Render) -> None:
    python = shutil.which("python3")
    port = free_ports(1)[0]
    render.write("in.j2", "{{ service('web') | to_json_pretty }}")
    served = render.folder / "served"
    served.mkdir()
    await render.configured(
        '[[template]]\nsource = "in.j2"\ndestination = "served/index.html"\n'
        f"check = ['{python}', '-m', 'json.tool', '{{path}}']\n"
        f"[exec]\ncommand = ['{python}', '-m', 'http.server', '-b', '127.0.0.1', '-d', 'served', '{port}']\n"
        'reload_command = "echo asked >> reloads"\n'
    )

    async def serves() -> bool:
        return '"id": "web-1"' in await body(port)

    await register(agent, 1)
    await eventually(serves, "the instance")
    assert set((render.read("reloads") or "").splitlines()) <= {"asked"}
