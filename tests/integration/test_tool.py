"""`nearway render` with a real Consul: files follow it, and whatever goes wrong, the last good file stays."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.consul_lab import Agent, eventually
from tests.integration.renderer_lab import consul
from tests.integration.tool_lab import Render, register


@pytest.fixture
async def render(agent: Agent, tmp_path: Path) -> AsyncIterator[Render]:
    made = Render(tmp_path, agent.address)
    try:
        yield made
    finally:
        await made.stop()


SERVERS = "{% for s in service('web') %}{{ s.host_port }} {{ s.meta.version }}\n{% endfor %}"


async def test_a_file_follows_services_and_keys_and_its_command_runs_when_it_changes(agent: Agent, render: Render) -> None:
    render.write("in.j2", SERVERS + "{{ key('greeting') }}\n")
    await render.start("-t", "in.j2:deep/out:echo told >> runs", "--wait", "50ms:1s")
    await render.said("deep/out waits for key greeting: it is not there")
    assert render.read("deep/out") is None
    async with consul(agent) as known:
        await register(agent, 1)
        await known.put("greeting", "hello")
        await render.holds("deep/out", "10.0.0.1:8001 1\nhello\n")
        await render.holds("runs", "told\n")
        await register(agent, 2)
        await render.holds("deep/out", "10.0.0.1:8001 1\n10.0.0.1:8002 2\nhello\n")
        await known.put("greeting", "bye")
        await known.deregister("web-1")
        await render.holds("deep/out", "10.0.0.1:8002 2\nbye\n")
        await eventually(lambda: os.listdir(render.folder / "deep") == ["out"], "the file alone to be left")
    said = await render.template()
    assert (said["destination"], said["trouble"], said["failures"], said["waiting"]) == ("deep/out", None, 0, [])
    metrics = await render.asked("/metrics")
    assert 'nearway_render_failing{destination="deep/out"} 0.0' in metrics
    assert "nearway_render_consul_up 1.0" in metrics


async def test_once_dry_and_check(agent: Agent, render: Render) -> None:
    render.write("in.j2", "{{ key('greeting') }}\n")
    template = ("-t", "in.j2:out:cat out >> runs")
    status, _, log = await render.run(*template, "--once", "--timeout", "1s")
    assert status == 1
    assert "out can't be made: after 1 s it waits for key greeting: it is not there" in log
    async with consul(agent) as known:
        await known.put("greeting", "hello")
    assert (await render.run(*template, "--check"))[0] == 3
    assert (await render.run(*template, "--dry"))[:2] == (0, "--- /dev/null\n+++ out\n@@ -0,0 +1 @@\n+hello\n")
    assert render.read("out") is None
    assert (await render.run(*template, "--once"))[0] == 0
    assert (render.read("out"), render.read("runs")) == ("hello\n", "hello\n")
    assert (await render.run(*template, "--check"))[0] == 0
    assert (await render.run(*template, "--dry"))[:2] == (0, "")
    assert (await render.run(*template, "--once"))[0] == 0
    assert render.read("runs") == "hello\n"
    render.write("out", "by hand\n")
    assert (await render.run(*template, "--dry"))[1] == "--- out\n+++ out\n@@ -1 +1 @@\n-by hand\n+hello\n"
    assert (await render.run("-t", "in.j2:out:false", "--once"))[0] == 1
    assert render.read("out") == "by hand\n"
    render.write("in.j2", "{{ nobody }}")
    assert [(await render.run(*template, mode))[0] for mode in ("--once", "--dry", "--check")] == [1, 1, 1]
    assert render.read("out") == "by hand\n"


async def test_once_makes_nothing_before_all_can_be_made(agent: Agent, render: Render) -> None:
    render.write("in.j2", "there")
    render.write("other.j2", "{{ key('greeting') }}")
    status, _, _ = await render.run("-t", "in.j2:out", "-t", "other.j2:other", "--once", "--timeout", "1s")
    assert (status, render.read("out"), render.read("other")) == (1, None, None)


async def test_killed_before_its_command_was_through_the_next_run_makes_up_for_it(agent: Agent, render: Render) -> None:
    render.write("in.j2", "new")
    render.write("out", "old")
    assert (await render.run("-t", "in.j2:out:kill -9 $PPID; sleep 1", "--once"))[0] == -9
    assert render.read("out") == "new"
    for _ in range(2):
        assert (await render.run("-t", "in.j2:out:cat out >> runs", "--once"))[0] == 0
    assert render.read("runs") == "new"


CHECKED = """
wait = "20ms:1s"
[[template]]
source = "in.j2"
destination = "out"
check = "grep -q good {path} || { echo no luck with $(cat {path}); exit 1; }"
command = "test ! -e refuse && cat out >> runs"
mode = "0640"
backup = true
[[template]]
source = "other.j2"
destination = "other"
"""


async def test_a_check_that_fails_keeps_the_last_good_and_holds_up_no_other(agent: Agent, render: Render) -> None:
    render.write("in.j2", "{{ key('greeting') }}")
    render.write("other.j2", "{{ key('greeting') }}")
    async with consul(agent) as known:
        await known.put("greeting", "good")
        await render.configured(CHECKED)
        await render.holds("out", "good")
        await known.put("greeting", "bad")
        await render.holds("other", "bad")
        await render.troubled("no luck with bad")
        assert (render.read("out"), render.read("runs")) == ("good", "good")
        assert (await render.template(1))["trouble"] is None
        await known.put("greeting", "good again")
        await render.holds("out", "good again")
        await render.well()
        assert render.read("out.bak") == "good"
        assert (render.folder / "out").stat().st_mode & 0o777 == 0o640


async def test_a_command_that_fails_has_the_last_good_put_back_and_run_with_it_and_is_tried_again(
    agent: Agent, render: Render
) -> None:
    render.write("in.j2", "{{ key('greeting') }}")
    render.write("other.j2", "")
    async with consul(agent) as known:
        await known.put("greeting", "good 1")
        await render.configured(CHECKED.replace("test ! -e refuse && cat out >> runs", "cat out >> runs; grep -vq 2 out"))
        await render.holds("runs", "good 1")
        await known.put("greeting", "good 2")
        await render.troubled("status 1")
        assert render.read("out") == "good 1"
        await render.holds("runs", "good 1good 2good 1")
        await known.put("greeting", "good 3")
        await render.holds("out", "good 3")
        await render.well()


async def test_a_first_file_whose_command_fails_is_not_left_and_tried_again(agent: Agent, render: Render) -> None:
    render.write("in.j2", "text")
    render.write("refuse", "")
    await render.start("-t", "in.j2:out:test ! -e refuse")
    await render.troubled("test ! -e refuse: status 1")
    assert render.read("out") is None
    (render.folder / "refuse").unlink()
    await render.holds("out", "text")
    await render.well()


async def test_a_template_error_keeps_the_last_good_and_is_mended_without_a_restart(agent: Agent, render: Render) -> None:
    render.write("in.j2", "{{ key_or_default('n', '1') | parse_int }}")
    await render.start("-t", "in.j2:out", "--wait", "20ms:1s")
    await render.holds("out", "1")
    async with consul(agent) as known:
        await known.put("n", "x")
        await render.troubled("in.j2, line 1: 'x' is no whole number")
        assert render.read("out") == "1"
        await known.put("n", "2")
        await render.holds("out", "2")
    render.write("in.j2", "{% if %}")
    await render.troubled("in.j2, line 1: Expected an expression")
    render.write("in.j2", "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab' | regex_match('^(a+)+$') }}")
    await render.troubled("it computes for more than 5 s", 0, 45)
    render.write("in.j2", "mended")
    await render.holds("out", "mended")
    await render.well()


async def test_commands_have_a_time_limit_and_what_they_leave_running_holds_up_nothing(agent: Agent, render: Render) -> None:
    render.write("in.j2", "{{ key_or_default('a', '1') }}")
    leave = "(sleep 3; echo from behind; echo alive > alive) & sleep 0.1; echo done"
    await render.configured(
        f'wait = "20ms:1s"\n[[template]]\nsource = "in.j2"\ndestination = "out"\ncommand = "{leave}"\n'
        '[[template]]\nsource = "in.j2"\ndestination = "slow"\ncommand = "sleep 60"\ntimeout = "500ms"\n'
    )
    await render.troubled("sleep 60: it did not end in 0.5 s", 1)
    await render.holds("out", "1")
    assert (await render.template())["trouble"] is None
    await render.said("from behind")
    await render.holds("alive", "alive\n")


async def test_commands_shared_by_templates_run_once_when_all_their_files_are_there(agent: Agent, render: Render) -> None:
    for number in range(50):
        render.write(f"in{number}.j2", "{{ key('shared') }} {{ key_or_default('own/%d', '-') }}" % number)  # noqa: UP031
    tables = [
        f'[[template]]\nsource = "in{n}.j2"\ndestination = "out{n}"\ncommand = "cat out* | md5sum >> runs"' for n in range(50)
    ]
    async with consul(agent) as known:
        await known.put("shared", "a")
        await render.configured('wait = "100ms:2s"\n' + "\n".join(tables))
        await eventually(lambda: len((render.read("runs") or "").splitlines()) == 1, "the first run")
        assert [render.read(f"out{number}") for number in range(50)] == ["a -"] * 50
        await known.put("shared", "b")
        await eventually(lambda: len((render.read("runs") or "").splitlines()) == 2, "the second")
        assert [render.read(f"out{number}") for number in range(50)] == ["b -"] * 50
        await known.put("own/7", "seven")
        await render.holds("out7", "b seven")
    assert (await render.status())["consul"]["questions"] == 51


async def test_three_hundred_keys_are_followed_though_consul_holds_no_so_many_connections(agent: Agent, render: Render) -> None:
    render.write("in.j2", "{% for n in range(300) %}{{ key('many/%d' % n) }} {% endfor %}{{ service('web') | length }}")
    async with consul(agent) as known:
        for start in range(0, 300, 20):
            await asyncio.gather(*(known.put(f"many/{n}", str(n)) for n in range(start, start + 20)))
        await render.start("-t", "in.j2:out", "--wait", "20ms:1s")
        before = [str(number) for number in range(300)]
        await render.holds("out", " ".join([*before, "0"]))
        await render.said("over 100 questions to Consul: the others are asked every 5 s; ask for less, as by tree()")
        await register(agent, 1)
        await render.holds("out", " ".join([*before, "1"]))
        for number in (0, 150, 299):
            await known.put(f"many/{number}", "new")
            before[number] = "new"
        await render.holds("out", " ".join([*before, "1"]))
        assert (await render.status())["consul"]["trouble"] is None


async def test_files_are_read_only_where_they_may_be(agent: Agent, render: Render) -> None:
    (render.folder / "safe").mkdir()
    render.write("safe/a", "one")
    render.write("secret", "secret")
    render.write("in.j2", "{{ file('a') }}")
    await render.configured('sandbox = "safe"\nwait = "20ms:1s"\n[[template]]\nsource = "in.j2"\ndestination = "out"\n')
    await render.holds("out", "one")
    render.write("safe/a", "another")
    await render.holds("out", "another")
    render.write("in.j2", "{{ file('../secret') }}")
    await render.troubled("where files may be read from")
    assert render.read("out") == "another"
