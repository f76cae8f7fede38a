"""A worker that dies or leaves with tasks in flight: another one finishes every task, and none is paid for twice."""

import asyncio

import aiohttp
import pytest

from tests.integration.consul_lab import eventually
from tests.system.lab import Answered, Lab, Served, Stopwatch, task

COUNT = 20
SPEED = 5
"""Slow enough for the grid of looks, one a second, to be told from looks at any time, also on a busy machine."""

GATE = {"saturation": "queue", "threads": 1, "queue_limit": 1000}
"""With its only thread held by a task that is never solved, the API solves none, until the test gives it more threads."""

pytestmark = pytest.mark.timeout(90)


async def closed_api(here: Lab) -> Served:
    """An API whose gate is closed."""
    api = await here.api(**GATE)
    blocker = {"key": here.environ(api.url)["CAPTCHAAI_API_KEY"], "json": "1", **task("blocker", 86_400)}
    async with here.client.post(f"{api.url}/in.php", data=blocker) as response:
        assert (await response.json())["status"] == 1
    await api.ask("POST", "/witness/reset")
    return api


async def open_gate(api: Served) -> None:
    assert (await api.ask("PATCH", "/switches", {"threads": 1000}))[0] == 200


async def hand_over(worker: Served, count: int = COUNT, wait: int = 0, first: int = 0) -> list[Answered]:
    headers = {"Prefer": f"respond-async, wait={wait}"}
    posts = (worker.ask("POST", "/solve", task(f"t{number}", 1.0), headers) for number in range(first, first + count))
    return list(await asyncio.gather(*posts))


def locations(answers: list[Answered]) -> list[str]:
    assert {(status, headers["Task-Submitted"]) for status, headers, _ in answers} == {(202, "yes")}
    return [headers["Location"] for _, headers, _ in answers]


async def wait_for_all(worker: Served, where: list[str]) -> list[Answered]:
    return list(await asyncio.gather(*(worker.get(one, wait=60) for one in where)))


async def looked_for_once(api: Served, count: int) -> None:
    """Until every task was looked for."""

    async def everyone() -> bool:
        return len((await api.get("/witness"))[2]["polls"]) == count

    await eventually(everyone, f"a look for each of {count} tasks")


async def every_task_was_paid_for_once(api: Served, solved: list[Answered]) -> None:
    names = {f"t{number}" for number in range(len(solved))}
    witness = (await api.get("/witness"))[2]
    assert witness["submissions"] == dict.fromkeys(names, 1)
    assert [status for status, _, _ in solved] == [200] * len(names)
    assert {body["solution"].split("-")[1] for _, _, body in solved} == names


async def test_sigkill_with_tasks_in_flight_loses_none(here: Lab) -> None:
    api = await closed_api(here)
    one, other = await here.worker(api.url, api_speed=SPEED), await here.worker(api.url, api_speed=SPEED, region="eu-west")
    where = locations(await hand_over(one))
    waits = [asyncio.create_task(one.get(location, wait=60)) for location in where]
    await one.held(COUNT)
    await looked_for_once(api, COUNT)
    one.program.kill()
    assert all(isinstance(end, aiohttp.ClientError) for end in await asyncio.gather(*waits, return_exceptions=True))
    continued = asyncio.create_task(wait_for_all(other, where))
    await other.held(COUNT)
    await open_gate(api)
    solved = await continued
    await every_task_was_paid_for_once(api, solved)
    gaps = (await api.get("/witness"))[2]["shortest_poll_gap"]
    assert len(gaps) == COUNT
    assert min(gaps.values()) > 0.5 * 5 / SPEED


async def test_sigkill_while_tasks_are_held_by_clients_that_can_not_resume_pays_for_none_twice(here: Lab) -> None:
    api = await closed_api(here)
    worker = await here.worker(api.url)
    posts = [asyncio.create_task(worker.ask("POST", "/solve", task(f"t{number}", 1.0))) for number in range(COUNT)]
    await looked_for_once(api, COUNT)
    worker.program.kill()
    ends = await asyncio.gather(*posts, return_exceptions=True)
    assert all(isinstance(end, aiohttp.ClientError) for end in ends)
    assert (await api.get("/witness"))[2]["submissions"] == {f"t{number}": 1 for number in range(COUNT)}


async def test_sigterm_answers_every_resumable_client_at_once_and_the_worker_is_gone(here: Lab) -> None:
    api = await closed_api(here)
    one, other = await here.worker(api.url, api_speed=SPEED), await here.worker(api.url, api_speed=SPEED)
    waits = [asyncio.create_task(one.get(location, wait=60)) for location in locations(await hand_over(one))]
    posts = asyncio.create_task(hand_over(one, wait=60, first=COUNT))
    await one.held(2 * COUNT)
    await looked_for_once(api, 2 * COUNT)
    watch = Stopwatch()
    one.program.tell()
    told = [*await asyncio.gather(*waits), *await posts]
    assert await one.program.ended() == 0, one.program.said()
    assert watch.seconds < 5
    where = locations(told)
    assert "Traceback" not in one.program.said()
    await open_gate(api)
    await every_task_was_paid_for_once(api, await wait_for_all(other, where))


async def test_sigterm_lets_clients_that_can_not_resume_have_their_solution(here: Lab) -> None:
    api = await closed_api(here)
    worker = await here.worker(api.url)
    posts = [asyncio.create_task(worker.ask("POST", "/solve", task(f"t{number}", 0.2))) for number in range(COUNT)]
    await looked_for_once(api, COUNT)
    worker.program.tell()
    await eventually(lambda: "leaving with" in worker.program.said(), "the worker to leave")
    assert [post for post in posts if post.done()] == []
    await open_gate(api)
    await every_task_was_paid_for_once(api, await asyncio.gather(*posts))
    assert await worker.program.ended() == 0
