"""The whole system through what happens to it: a worker, an nginx, a Consul killed; wrong requests."""

import asyncio
import io
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from demo.layout import PLACES
from demo.processes import kill
from demo.tools import HOME
from tests.integration.consul_lab import eventually
from tests.system.whole import CLIENTS, Whole, whole

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def life(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    async with whole(tmp_path_factory.mktemp("life") / "run") as made:
        yield made


async def unsent(life: Whole) -> float:
    """Attempts at eu-west that found nobody."""
    return await life.metric("nearway_attempts_total", region="eu-west", outcome="unsent")


@pytest.mark.parametrize("region", CLIENTS)
async def test_a_task_near_a_region_is_solved_there(life: Whole, region: str) -> None:
    solved = await life.solve(region, "near")
    assert (solved.right, solved.region) == (True, region)


async def test_with_its_nginx_killed_tasks_go_to_the_next_nearest_at_once(life: Whole) -> None:
    before = await unsent(life)
    await kill(life.system.of_region("eu-west", "region"))
    answers = await asyncio.gather(*(life.solve("eu-west") for _ in range(5)))
    assert {(one.status, one.region) for one in answers} == {(200, "us-east")}
    assert await unsent(life) > before, "the view still had it: no check told the gateway, the refused connection did"
    await life.restart("region-eu-west")
    assert (await life.solve("eu-west")).region == "eu-west"


async def test_a_killed_worker_is_out_of_nginx_within_5_s_no_task_is_lost_and_a_new_one_is_in(life: Whole) -> None:
    await life.forget()
    labels = [f"killed_{number}" for number in range(10)]
    tasks = [asyncio.create_task(life.solve("us-east", label, 4)) for label in labels]
    await life.in_flight(len(labels))
    await kill([life.system.processes["worker-us-east-1"]])
    await life.nginx_has("us-east", 1)
    answers = await asyncio.gather(*tasks)
    assert all(one.right for one in answers)
    assert (await life.witness())["submissions"] == dict.fromkeys(labels, 1)
    await life.system.processes["worker-us-east-1"].start()
    await life.nginx_has("us-east", 2)
    await life.all_is_well()


async def test_a_worker_that_is_told_to_leave_hands_its_waits_back_and_loses_none(life: Whole) -> None:
    await life.forget()
    labels = [f"left_{number}" for number in range(10)]
    tasks = [asyncio.create_task(life.solve("ap-south", label, 4)) for label in labels]
    await life.in_flight(len(labels))
    leaving = life.system.processes["worker-ap-south-2"]
    leaving.terminate()
    async with asyncio.timeout(5):
        await leaving.ended()
    assert not all(task.done() for task in tasks)
    assert all(one.right for one in await asyncio.gather(*tasks))
    assert (await life.witness())["submissions"] == dict.fromkeys(labels, 1)
    await life.restart("worker-ap-south-2")


async def test_a_region_whose_consul_is_gone_stays_in_use_and_its_age_is_told(life: Whole) -> None:
    consul = life.system.processes["consul-ap-south"]
    await kill([consul])

    async def told() -> bool:
        regions = {region["name"]: region for region in (await life.get("gateway", "/regions"))["regions"]}
        return regions["ap-south"]["trouble"] is not None

    await eventually(told, "the gateway to tell of the trouble")
    solved = await life.solve("ap-south")
    assert (solved.status, solved.region) == (200, "ap-south")
    await consul.start()
    await life.all_is_well()


async def test_a_gateway_that_is_told_to_leave_finishes_what_it_carries(life: Whole) -> None:
    task = asyncio.create_task(life.solve("us-east", "carried", 3))
    await life.in_flight(1)
    gateway = life.system.processes["gateway"]
    gateway.terminate()
    assert (await task).right
    async with asyncio.timeout(5):
        await gateway.ended()
    await life.restart("gateway")


async def test_the_readmes_task_is_served_where_the_readme_says(life: Whole) -> None:
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
    life: Whole, entrance: str, body: bytes, code: str, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    async with life.session.post(f"{life.system.url(entrance)}/solve", data=io.BytesIO(body), headers=headers) as response:
        told = await response.json(content_type=None)
        assert (response.status, told["error"], response.headers["Task-Submitted"]) == (status, code, "no")
        assert response.headers["Content-Type"] == "application/problem+json"
        assert told["detail"]


@pytest.mark.parametrize(("method", "path", "code"), [("GET", "/solve", "METHOD_NOT_ALLOWED"), ("GET", "/nowhere", "NOT_FOUND")])
@pytest.mark.parametrize("entrance", ["gateway", "region-eu-west", "worker-eu-west-1"])
async def test_a_wrong_path_or_method_is_a_problem_too(life: Whole, entrance: str, method: str, path: str, code: str) -> None:
    async with life.session.request(method, life.system.url(entrance) + path) as response:
        assert (await response.json(content_type=None))["error"] == code


async def test_more_tasks_than_slots_wait_their_turn_and_none_is_refused(life: Whole) -> None:
    await life.forget()
    labels = [f"crowded_{number}" for number in range(150)]
    regions = [PLACES[number % 3].region for number in range(150)]
    tasks = [asyncio.create_task(life.solve(region, label, 2)) for region, label in zip(regions, labels, strict=True)]

    async def some_wait() -> bool:
        return bool((await life.get("gateway", "/regions"))["waiting"] > 0)

    await eventually(some_wait, "tasks to wait for a slot")
    answers = await asyncio.gather(*tasks)
    assert all(one.right for one in answers)
    witness = await life.witness()
    assert witness["submissions"] == dict.fromkeys(labels, 1)
    assert witness["most_in_flight"] <= 120


async def test_a_client_that_leaves_does_not_take_a_paid_task_with_it(life: Whole) -> None:
    await life.forget()
    task = asyncio.create_task(life.solve("us-east", "left_alone", 2))
    await life.in_flight(1)
    task.cancel()

    async def carried_on() -> bool:
        return bool((await life.witness())["answered"].get("left_alone") == 1)

    await eventually(carried_on, "the gateway to fetch the answer of a task nobody waits for")

    async def slots_free() -> bool:
        return all(region["in_flight"] == 0 for region in (await life.get("gateway", "/regions"))["regions"])

    await eventually(slots_free, "its slot to be free")
