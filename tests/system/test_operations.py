"""The walk of docs/operations.md: its commands, as they stand there, against a demo."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.layout import GATEWAY
from tests.integration.consul_lab import eventually
from tests.pages import DOCS
from tests.system.whole import Plan, Whole, whole

pytestmark = pytest.mark.timeout(180)


def steps() -> list[str]:
    """The commands of the walk, one block each."""
    page = (DOCS / "operations.md").read_text()
    walk = page.partition("## A region is slow")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", walk, re.M | re.S)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Whole]:
    """The demo's system."""
    async with whole(tmp_path, Plan()) as made:
        yield made


async def run(here: Whole, script: str) -> list[str]:
    """What each part of a script says, whose parts say "---" when they begin; every command must succeed."""
    shift = int(here.system.url("gateway").rpartition(":")[2]) - GATEWAY
    moved = re.sub(r"127\.0\.0\.1:(\d+)", lambda found: f"127.0.0.1:{int(found[1]) + shift}", script)
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_COLOR": "1"}
    done = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", moved, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await done.communicate())[0].decode()
    assert done.returncode == 0, said
    return said.split("---\n")


def row(told: str, region: str) -> str:
    """The first line that tells of a region."""
    return next(line for line in told.splitlines() if region in line)


async def takes_all(here: Whole) -> bool:
    rows = (await here.get("gateway", "/regions"))["regions"]
    return [row["takes_tasks"] and row["dial"]["share"] == 1 for row in rows if row["name"] == "eu-west"] == [True]


async def test_a_slow_region_is_found_drained_empty_and_back(here: Whole) -> None:
    setting, load, find, look, drain, empty, back = steps()
    slow = "send 203.0.113.7 2 &"  # in flight there while it is drained
    script = "echo ---\n".join([setting + load, find, look, slow + "\nsleep 0.7\n" + drain, empty, back])
    _, found, looked, drained, emptied, undrained = await run(here, script)
    assert found.count("eu-west") >= 2
    means = re.findall(r"^([a-z-]+) ([0-9.]+) s$", found, re.M)
    assert means[0][0] == "eu-west"
    assert float(means[0][1]) > 2 * float(means[1][1])
    assert looked.count("passing") == 2
    assert '"trouble": null' in looked
    assert "nearway_worker_api_call_seconds_count" in looked
    assert "drained" in drained
    assert "tasks there take over twice" in drained
    assert "drained" in row(emptied, "eu-west")
    assert re.search(r"^eu-west +\w+", undrained, re.M)
    await eventually(lambda: takes_all(here), "eu-west to take its full share")
    changes = re.findall(r'"change": "(\w+)"', (here.system.run / "logs" / "gateway.log").read_text())
    assert [one for one in changes if one in ("drained", "dialled", "undialled")] == ["drained", "dialled", "dialled"]
