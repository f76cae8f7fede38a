"""A region's own template reads more than its workers: what it reads is watched, and a fault in it is told and mended."""

from functools import partial
from pathlib import Path

import pytest

from tests.integration.consul_lab import Agent, eventually
from tests.integration.nginx_lab import StandIn, answering
from tests.integration.renderer_lab import Program, consul, join

TEMPLATE = """
daemon off; worker_processes 2; pid {{ host.run_dir }}/nginx.pid; events {} error_log stderr;
http { access_log off; server {
  listen {{ region.endpoint.listen }};
  location / { return {{ key_or_default("status", "418") }}; }
  location = /region { return 200; }
} }
# {{ servers | length }} {% include "part" %} {{ file(env("MOTD")) }} {{ service("nearway-region", status="any") | length }}
"""


@pytest.fixture
def own(program: Program, tmp_path: Path) -> Path:
    """The region's own template, a part of it, and a file it reads."""
    (tmp_path / "part").write_text("{{ key('asked') }}")
    (tmp_path / "motd").write_text("hello")
    (tmp_path / "own.j2").write_text(TEMPLATE)
    program.environ |= {"TEMPLATE": str(tmp_path / "own.j2"), "MOTD": str(tmp_path / "motd")}
    return tmp_path


async def test_what_a_regions_own_template_reads_is_watched(agent: Agent, program: Program, own: Path) -> None:
    async with StandIn(answering()) as worker, consul(agent) as known:
        await join(known, worker)
        await program.start()
        await program.said("the configuration waits for key asked: it is not there")
        assert (await program.status())["waiting"] == ["key asked: it is not there"]
        assert not (program.run_dir / "nginx.conf").exists()
        await known.put("asked", "first")
        await program.answers(418)
        await _last_line(program, "# 1 first hello 1")
        await known.put("status", "419")
        await program.answers(419)
        await known.put("asked", "second")
        await _last_line(program, "# 1 second hello 1")
        (own / "motd").write_text("good bye")
        await _last_line(program, "# 1 second good bye 1")
        (own / "part").write_text("no key")
        await _last_line(program, "# 1 no key good bye 1")
        (own / "part").write_text("{{ nope }}")
        await program.said("part, line 1: 'nope' is undefined")
        (own / "part").write_text("mended")
        await _last_line(program, "# 1 mended good bye 1")
        await eventually(partial(_well, program), "nothing the matter")


async def _well(program: Program) -> bool:
    return (await program.status())["trouble"] is None


async def _last_line(program: Program, line: str) -> None:
    def so() -> bool:
        path = program.run_dir / "nginx.conf"
        return path.exists() and path.read_text().splitlines()[-1] == line

    await eventually(so, line)
