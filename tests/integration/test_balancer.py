"""The client-side balancer: no worker is sent too much or too little, nothing is sent twice; Consul; its page's examples."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench.balancer.crew import Api, Hand
from bench.balancer.play import play
from discovery import registration
from discovery.access import Access
from discovery.consul import Consul
from nearway import AsyncBalancer, Solution, UnknownError
from nearway.balancer.strategies import Name
from tests.integration.consul_lab import Agent, eventually, federation

HOME = Path(__file__).resolve().parents[2]
PAGE = HOME / "docs" / "balancer.md"


@pytest.mark.parametrize("strategy", ["least", "hash"])
async def test_five_workers_are_used_as_far_as_they_can_be(strategy: Name) -> None:
    played = await play(strategy, 150, 0.8)
    sys.stdout.write(f"{played.rows} {played.fairness:.3f}\n")
    assert [str(one.error) for one in played.done if one.error is not None] == []
    assert (played.submissions, played.twice, played.over) == (150, 0, 0)
    used = {one.worker: one.used for one in played.rows}
    assert min(used["steady"], used["steady too"], used["slow"]) > 0.7
    assert used["dies and returns"] > 0.3
    assert used["always full"] == 0
    assert played.fairness > 0.9


async def test_what_is_lost_with_a_worker_that_holds_its_requests_is_unknown_and_not_sent_again() -> None:
    played = await play("least", 120, 0.8, resumable=False)
    errors = [one.error for one in played.done if one.error is not None]
    assert {type(error) for error in errors} == {UnknownError}
    assert played.unknown == len(errors) <= 10
    assert (played.submissions, played.twice, played.over) == (120, 0, 0)


@asynccontextmanager
async def hands(*seconds: float) -> AsyncIterator[list[Hand]]:
    """Workers over one API."""
    api = Api()
    made = [Hand(str(number), api, one) for number, one in enumerate(seconds)]
    for one in made:
        await one.start()
    try:
        yield made
    finally:
        for one in made:
            await one.stop()


def registered(hand: Hand, region: str) -> registration.Registration:
    port = urlsplit(hand.worker.url).port
    assert port is not None
    return registration.worker(region, "127.0.0.1", port, slots=10, version="1", check_path="/health")


async def join(agent: Agent, hand: Hand, region: str) -> str:
    """Register, and wait until Consul finds it well; its id."""
    wanted, consul = registered(hand, region), Consul(agent.address, Access())
    try:
        await consul.register(wanted)
    finally:
        await consul.close()
    return wanted.id


async def leave(agent: Agent, service_id: str) -> None:
    consul = Consul(agent.address, Access())
    try:
        await consul.deregister(service_id)
    finally:
        await consul.close()


async def test_workers_that_join_consul_take_tasks_and_waits_of_those_that_leave_go_on_at_others() -> None:
    async with federation("dc1") as agents, hands(2.0, 0.01, 0.01) as (slow, far, near):
        agent = agents["dc1"]
        async with AsyncBalancer(consul=agent.address, near=["eu-west", "us-east"]) as balancer:
            going = asyncio.create_task(balancer.solve(number=1))
            service_id = await join(agent, slow, "us-east")
            await eventually(lambda: len(slow.held) == 1, "the task at the first worker that joined")
            await join(agent, far, "ap-south")
            await leave(agent, service_id)
            await slow.die()
            solution = await going
            assert isinstance(solution, Solution)
            assert (solution.region, len(far.held)) == ("ap-south", 0), "it was waited for there, and not sent again"
            assert (await balancer.solve(number=2)).region == "ap-south"
            await join(agent, near, "eu-west")

            async def goes_near() -> bool:
                return (await balancer.solve(number=3)).region == "eu-west"

            await eventually(goes_near, "tasks to go to the preferred region")


@pytest.mark.timeout(90)
async def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(examples) == 5
    async with federation("dc1") as agents, hands(0.1, 0.1) as (one, other):
        for hand in (one, other):
            await join(agents["dc1"], hand, "eu-west")
        places = {
            "http://10.0.0.7:9101": one.worker.url,
            "http://10.0.0.8:9101": other.worker.url,
            "http://127.0.0.1:8500": agents["dc1"].address,
        }
        said = [await _run(_placed(example, places), tmp_path) for example in examples]
    assert all("solved" in text for text in said), said


def _placed(example: str, places: Mapping[str, str]) -> str:
    for written, real in places.items():
        example = example.replace(written, real)
    return example


async def _run(example: str, folder: Path) -> str:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-c", example, cwd=folder, env={**os.environ, "PYTHONPATH": str(HOME)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await program.communicate()
    assert program.returncode == 0, f"{example}\n{said.decode()}"
    return said.decode()
