"""`nearway solve` against a real gateway: killed, interrupted, and gone on with; the region counts what was submitted."""

import asyncio
import csv
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web

from tests.integration.consul_lab import eventually
from tests.system.gateway_lab import GatewayLab, Region, gateway_lab

HOME = Path(__file__).resolve().parents[2]
TASKS, SLOTS = 32, 8

pytestmark = pytest.mark.timeout(120)


class Witness:
    """What a region was given to submit, and how often. The first tasks are solved at once, as are the last; between them it
    takes long enough for a run to be ended meanwhile."""

    def __init__(self) -> None:
        self.submitted: Counter[str] = Counter()

    def has(self, count: int) -> bool:
        """Whether it was given so many."""
        return self.submitted.total() >= count

    async def submit(self, region: Region, request: web.Request) -> web.StreamResponse:
        if len(region.unsolved) >= region.slots:
            return await region.refuse()
        region.seconds = 3.0 if SLOTS <= self.submitted.total() < 3 * SLOTS else 0.1
        self.submitted[(await request.json())["pageurl"]] += 1
        return await region.accept()


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


async def start(url: str, *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nearway", "solve", *words, env={"PATH": os.environ["PATH"], "NEARWAY_URL": url}, cwd=HOME,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def ends(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    out, failed = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), failed.decode()


async def test_killed_and_interrupted_it_goes_on_and_every_task_is_paid_for_once(lab: GatewayLab, tmp_path: Path) -> None:
    witness = Witness()
    await lab.region("eu-west", slots=SLOTS, submit=witness.submit)
    gateway = await lab.gateway()
    await lab.takes(gateway, "eu-west")
    source, output = tmp_path / "tasks.csv", tmp_path / "solved.csv"
    pages = [f"https://example.com/{number}" for number in range(TASKS)]
    source.write_text("id,method,pageurl\n" + "".join(f"own-{page},turnstile,{page}\n" for page in pages))
    words = ("--file", str(source), "--output", str(output), "--concurrency", str(SLOTS))

    for ending, after in ((signal.SIGKILL, SLOTS + 2), (signal.SIGINT, 2 * SLOTS + 2)):
        process = await start(gateway.url, *words)
        await eventually(partial(witness.has, after), f"{after} submissions")
        if ending is signal.SIGKILL:
            process.send_signal(signal.SIGSTOP)  # that it hears of no end while another is started
            second = await ends(await start(gateway.url, *words))
            assert (second[0], "another run of nearway solve" in second[2]) == (2, True)
        process.send_signal(ending)
        status, _, said = await ends(process)
        assert status == (-9 if ending is signal.SIGKILL else 130)
        assert "Traceback" not in said
        if ending is signal.SIGINT:
            assert "under way and not lost" in said
            assert f"the same command goes on from {output}.journal" in said
        heard = len(output.read_text().splitlines()) - 1
        assert 0 < heard < witness.submitted.total() < TASKS, "it was ended neither before nor after what it is to be ended in"

    status, _, said = await ends(await start(gateway.url, *words))
    assert (status, f"{TASKS} solved, 0 not" in said) == (0, True), said
    rows = list(csv.DictReader(output.read_text().splitlines()))
    assert sorted(row["id"] for row in rows) == sorted(f"own-{page}" for page in pages)
    assert all(row["solution"] and row["region"] == "eu-west" and row["submitted"] == "yes" and not row["error"] for row in rows)
    assert len({row["solution"] for row in rows}) == TASKS
    assert witness.submitted == Counter(dict.fromkeys(pages, 1))

    status, _, said = await ends(await start(gateway.url, *words))
    assert (status, f"{TASKS} of {TASKS} ({TASKS} before)" in said) == (0, True), said
    source.write_text(source.read_text().replace("/3\n", "/three\n"))
    status, _, said = await ends(await start(gateway.url, *words))
    assert (status, "line 5 of the input is another task" in said) == (2, True), said
    assert witness.submitted.total() == TASKS


async def test_one_task_prints_its_solution_and_a_pipe_has_each_result_as_it_comes(lab: GatewayLab) -> None:
    await lab.region("eu-west", seconds=0.0)
    gateway = await lab.gateway()
    await lab.takes(gateway, "eu-west")
    assert await ends(await start(gateway.url, "method=turnstile")) == (0, "s-eu-west-1\n", "")
    status, out, _ = await ends(await start(gateway.url, "method=turnstile", "--json"))
    assert (status, json.loads(out)["solution"], json.loads(out)["submitted"]) == (0, "s-eu-west-2", "yes")
    piped = await start(gateway.url, "-")
    assert piped.stdin is not None
    assert piped.stdout is not None
    piped.stdin.write(b'{"id": "a", "method": "turnstile"}\nno task\n')
    first = json.loads(await piped.stdout.readline())  # before the end of what is given
    assert (first["line"], first["id"], first["solution"], first["error"]) == (1, "a", "s-eu-west-3", None)
    piped.send_signal(signal.SIGINT)
    await asyncio.wait_for(piped.wait(), 20)  # though nothing more is given, and its end neither
    status, _, said = await ends(piped)
    assert (status, "line 2: it is not JSON" in said, "no journal was kept" in said) == (130, True, True), said
