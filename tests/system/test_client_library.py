"""The client library under fire: everything is restarted while it solves a thousand tasks."""

import asyncio
import os
import random
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from demo.layout import PLACES
from nearway import AsyncClient, Done
from nearway.client.address import DEFAULT_URL
from tests.system.whole import SITE, Plan, Whole, shows, whole

TASKS, CONCURRENCY = 1000, 150
SEED = 8

PLAN = Plan(slots=60, speed=10, worker={"SUBMIT_GAP": "0.01"})


@pytest.mark.timeout(150)
async def test_a_thousand_tasks_are_answered_and_paid_for_once_while_all_is_restarted(tmp_path: Path) -> None:
    async with whole(tmp_path / "run", PLAN) as here:
        tasks = [{**SITE, "pageurl": f"https://example.com/?task={number}&seconds=2"} for number in range(TASKS)]
        async with AsyncClient(here.system.url("gateway")) as client:
            many = client.solve_many(tasks, concurrency=CONCURRENCY)
            restarting = asyncio.create_task(_restart(here, random.Random(SEED)))
            done = [one async for one in many]
            restarting.cancel()
            restarts = await asyncio.gather(restarting, return_exceptions=True)
        submissions = (await here.witness())["submissions"]
    shows(f"{many.progress}, submissions: {sum(submissions.values())}, restarts cut off: {restarts}")
    assert [str(one.error) for one in done if one.error is not None] == []
    assert sorted(one.index for one in done) == list(range(TASKS))
    assert submissions == {str(number): 1 for number in range(TASKS)}
    assert all(_is_own(one) for one in done)


async def _restart(here: Whole, chance: random.Random) -> None:
    """One part after the other ends as it does for an upgrade, and comes back; two of three regions are always there."""
    workers = [name for name in here.system.processes if name.startswith("worker-")]
    regions = [f"region-{place.region}" for place in PLACES]
    while True:
        name = chance.choice(["gateway", chance.choice(workers), chance.choice(regions)])
        process = here.system.processes[name]
        process.terminate()
        await process.ended()
        await process.start()
        await here.all_is_well()
        shows(f"{name} was restarted")


def _is_own(done: Done) -> bool:
    return f"task={done.index}&" in str(done.ticket.task["pageurl"]) and done.result().text != ""


HOME = Path(__file__).resolve().parents[2]
PAGE = HOME / "docs" / "client.md"


@pytest.mark.timeout(120)
async def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    pages = PAGE.read_text() + (HOME / "README.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", pages, re.DOTALL)
    assert len(examples) == 6
    async with whole(tmp_path / "run", Plan(worker={"SUBMIT_GAP": "0.01"})) as here:
        url = here.system.url("gateway")
        environ = {**os.environ, "NEARWAY_URL": url, "PYTHONPATH": str(HOME)}
        said = [await _run(example.replace(DEFAULT_URL, url), environ, tmp_path) for example in examples]
    for line in re.findall(r"^ +# (\w+Error .*)$", PAGE.read_text(), re.MULTILINE):
        assert any(line in text for text in said), line
    assert all(said)


async def _run(example: str, environ: Mapping[str, str], folder: Path) -> str:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-c", example, cwd=folder, env=environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await program.communicate()
    assert program.returncode == 0, f"{example}\n{said.decode()}"
    return said.decode()
