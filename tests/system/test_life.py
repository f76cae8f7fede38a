"""The whole system through what happens to it: a worker, an nginx, a Consul killed; wrong requests."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from demo.layout import PLACES, programs
from demo.processes import kill
from demo.system import System
from demo.tools import HOME, find_tools
from tests.integration.consul_lab import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

CLIENTS = {place.region: place.client for place in PLACES}
TASK = {"method": "userrecaptcha", "sitekey": "6Le-wvkSAAAAAPBMRTvw0Q4Muexq9bi0DJwx_mJ-"}


class Life:
    """A system that is up, and a client of it."""

    def __init__(self, system: System, session: aiohttp.ClientSession) -> None:
        self.system, self.session = system, session

    async def solve(self, region: str, label: str = "any", seconds: float = 0.5) -> tuple[int, str, dict[str, Any]]:
        task = {**TASK, "pageurl": f"https://example.com/?task={label}&seconds={seconds}"}
        headers = {"X-Forwarded-For": CLIENTS[region]}
        async with self.session.post(f"{self.system.url('gateway')}/solve", json=task, headers=headers) as response:
            return response.status, response.headers.get("Nearway-Region", ""), await response.json(content_type=None)

    async def get(self, name: str, path: str) -> Any:
        async with self.session.get(self.system.url(name) + path) as response:
            return json.loads(await response.text())

    async def in_flight(self, count: int) -> None:
        async def reached() -> bool:
            return bool((await self.get("simulated-api", "/witness"))["in_flight"] == count)

        await eventually(reached, f"{count} tasks to be in flight")

    async def nginx_has(self, region: str, workers: int) -> None:
        async def reached() -> bool:
            return bool((await self.get(f"region-{region}", "/region/workers"))["workers"] == workers)

        await eventually(reached, f"nginx of {region} to have {workers} workers", seconds=5)

    async def attempts(self, region: str, outcome: str) -> float:
        async with self.session.get(f"{self.system.url('gateway')}/metrics") as response:
            for line in (await response.text()).splitlines():
                if line.startswith(f'nearway_attempts_total{{outcome="{outcome}",region="{region}"}}'):
                    return float(line.split()[-1])
        return 0.0

    async def restart(self, *names: str) -> None:
        for name in names:
            await self.system.processes[name].start()
        await self.system.until(self.session, self.system.complete, "everything to be back")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def life(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Life]:
    run: Path = tmp_path_factory.mktemp("life") / "run"
    system = System(programs(find_tools(), run, HOME / "regions", shift=22_000), run, lambda line: None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        try:
            await system.start()
            yield Life(system, session)
        finally:
            await system.stop()


@pytest.mark.parametrize("region", CLIENTS)
async def test_a_task_near_a_region_is_solved_there(life: Life, region: str) -> None:
    status, served_by, answer = await life.solve(region, "near")
    assert (status, served_by) == (200, region)
    assert answer["solution"].startswith("sim-near-")


async def test_with_its_nginx_killed_tasks_go_to_the_next_nearest_at_once(life: Life) -> None:
    before = await life.attempts("eu-west", "unsent")
    await kill(life.system.of_region("eu-west", "region"))
    answers = await asyncio.gather(*(life.solve("eu-west") for _ in range(5)))
    assert {(status, region) for status, region, _ in answers} == {(200, "us-east")}
    assert await life.attempts("eu-west", "unsent") > before, (
        "the view still had it: no check told the gateway, the refused connection did"
    )
    await life.restart("region-eu-west")
    assert (await life.solve("eu-west"))[1] == "eu-west"


async def test_a_killed_worker_is_out_of_nginx_within_5_s_no_task_is_lost_and_a_new_one_is_in(life: Life) -> None:
    await life.session.post(f"{life.system.url('simulated-api')}/witness/reset")
    labels = [f"killed_{number}" for number in range(10)]
    tasks = [asyncio.create_task(life.solve("us-east", label, 4)) for label in labels]
    await life.in_flight(len(labels))
    await kill([life.system.processes["worker-us-east-1"]])
    await life.nginx_has("us-east", 1)
    answers = await asyncio.gather(*tasks)
    assert [status for status, _, _ in answers] == [200] * len(labels)
    assert all(answer["solution"].startswith(f"sim-{label}-") for label, (_, _, answer) in zip(labels, answers, strict=True))
    assert (await life.get("simulated-api", "/witness"))["submissions"] == dict.fromkeys(labels, 1)
    await life.system.processes["worker-us-east-1"].start()
    await life.nginx_has("us-east", 2)
    await life.system.until(life.session, life.system.complete, "everything to be back")


async def test_a_worker_that_is_told_to_leave_hands_its_waits_back_and_loses_none(life: Life) -> None:
    await life.session.post(f"{life.system.url('simulated-api')}/witness/reset")
    labels = [f"left_{number}" for number in range(10)]
    tasks = [asyncio.create_task(life.solve("ap-south", label, 4)) for label in labels]
    await life.in_flight(len(labels))
    leaving = life.system.processes["worker-ap-south-2"]
    leaving.terminate()
    async with asyncio.timeout(5):
        await leaving.ended()
    assert not all(task.done() for task in tasks)
    assert [status for status, _, _ in await asyncio.gather(*tasks)] == [200] * len(labels)
    assert (await life.get("simulated-api", "/witness"))["submissions"] == dict.fromkeys(labels, 1)
    await life.restart("worker-ap-south-2")


async def test_a_region_whose_consul_is_gone_stays_in_use_and_its_age_is_told(life: Life) -> None:
    consul = life.system.processes["consul-ap-south"]
    await kill([consul])

    async def told() -> bool:
        regions = {region["name"]: region for region in (await life.get("gateway", "/regions"))["regions"]}
        return regions["ap-south"]["trouble"] is not None

    await eventually(told, "the gateway to tell of the trouble")
    assert (await life.solve("ap-south"))[:2] == (200, "ap-south")
    await consul.start()
    await life.system.until(life.session, life.system.complete, "everything to be back")


async def test_a_gateway_that_is_told_to_leave_finishes_what_it_carries(life: Life) -> None:
    task = asyncio.create_task(life.solve("us-east", "carried", 3))
    await life.in_flight(1)
    gateway = life.system.processes["gateway"]
    gateway.terminate()
    assert (await task)[0] == 200
    async with asyncio.timeout(5):
        await gateway.ended()
    await life.restart("gateway")


async def test_the_readmes_task_is_served_where_the_readme_says(life: Life) -> None:
    (command,) = re.findall(r"^curl -i http://127\.0\.0\.1:8000/solve(?:.*\\\n)*.*", (HOME / "README.md").read_text(), re.M)
    moved = command.replace("http://127.0.0.1:8000", life.system.url("gateway"))
    curl = await asyncio.create_subprocess_exec(
        "bash", "-c", moved, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    told = (await curl.communicate())[0].decode().lower()
    assert told.startswith("http/1.1 200")
    assert "nearway-region: eu-west" in told
    assert "server-timing: queue;dur=" in told


WRONG = {
    "no JSON": (b"{nope", "BAD_REQUEST", 400),
    "no object": (b"[1]", "BAD_REQUEST", 400),
    "a missing field": (b'{"method": "userrecaptcha", "pageurl": "https://example.com/"}', "BAD_REQUEST", 400),
    "an unknown method": (b'{"method": "telepathy"}', "UNKNOWN_METHOD", 400),
    "a body over the limit": (b'{"method": "' + b"x" * (3 * 1024 * 1024) + b'"}', "BODY_TOO_LARGE", 413),
}


@pytest.mark.parametrize("entrance", ["gateway", "region-eu-west", "worker-eu-west-1"])
@pytest.mark.parametrize(("body", "code", "status"), WRONG.values(), ids=WRONG)
async def test_a_wrong_request_is_told_what_is_wrong_at_every_entrance(
    life: Life, entrance: str, body: bytes, code: str, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    async with life.session.post(f"{life.system.url(entrance)}/solve", data=io.BytesIO(body), headers=headers) as response:
        told = await response.json(content_type=None)
        assert (response.status, told["error"], response.headers["Task-Submitted"]) == (status, code, "no")
        assert response.headers["Content-Type"] == "application/problem+json"
        assert told["detail"]


@pytest.mark.parametrize(("method", "path", "code"), [("GET", "/solve", "METHOD_NOT_ALLOWED"), ("GET", "/nowhere", "NOT_FOUND")])
@pytest.mark.parametrize("entrance", ["gateway", "region-eu-west", "worker-eu-west-1"])
async def test_a_wrong_path_or_method_is_a_problem_too(life: Life, entrance: str, method: str, path: str, code: str) -> None:
    async with life.session.request(method, life.system.url(entrance) + path) as response:
        assert (await response.json(content_type=None))["error"] == code


async def test_more_tasks_than_slots_wait_their_turn_and_none_is_refused(life: Life) -> None:
    await life.session.post(f"{life.system.url('simulated-api')}/witness/reset")
    labels = [f"crowded_{number}" for number in range(150)]
    regions = [PLACES[number % 3].region for number in range(150)]
    tasks = [asyncio.create_task(life.solve(region, label, 2)) for region, label in zip(regions, labels, strict=True)]

    async def some_wait() -> bool:
        return bool((await life.get("gateway", "/regions"))["waiting"] > 0)

    await eventually(some_wait, "tasks to wait for a slot")
    answers = await asyncio.gather(*tasks)
    assert [status for status, _, _ in answers] == [200] * len(labels)
    witness = await life.get("simulated-api", "/witness")
    assert witness["submissions"] == dict.fromkeys(labels, 1)
    assert witness["most_in_flight"] <= 120


async def test_a_client_that_leaves_does_not_take_a_paid_task_with_it(life: Life) -> None:
    await life.session.post(f"{life.system.url('simulated-api')}/witness/reset")
    task = asyncio.create_task(life.solve("us-east", "left_alone", 2))
    await life.in_flight(1)
    task.cancel()

    async def carried_on() -> bool:
        return bool((await life.get("simulated-api", "/witness"))["answered"].get("left_alone") == 1)

    await eventually(carried_on, "the gateway to fetch the answer of a task nobody waits for")

    async def slots_free() -> bool:
        return all(region["in_flight"] == 0 for region in (await life.get("gateway", "/regions"))["regions"])

    await eventually(slots_free, "its slot to be free")
