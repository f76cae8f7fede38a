"""A refused task goes on to another worker until one takes it; a task that may have been begun never does."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from renderer.region import Strategy
from renderer.ring import MOST_MORE
from renderer.upstreams import Server
from tests.integration.nginx_lab import (
    REFUSING,
    Conduct,
    Holding,
    RegionNginx,
    StandIn,
    answering,
    free_port,
    hanging_up,
    servers_of,
    until,
)


async def some(stack: AsyncExitStack, count: int, conduct: Conduct) -> list[StandIn]:
    return [await stack.enter_async_context(StandIn(conduct)) for _ in range(count)]


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("count", [2, 3, 5, 8])
async def test_with_every_worker_busy_but_one_each_task_is_answered(tmp_path: Path, count: int, strategy: Strategy) -> None:
    region = RegionNginx(tmp_path, strategy=strategy)
    async with AsyncExitStack() as stack:
        workers = await some(stack, count, REFUSING)
        await stack.enter_async_context(region.running(*servers_of(workers)))
        for free in workers:
            free.conduct = answering(body=b'{"solution": 1}')
            replies = [await region.post(Nearway_Task=f"t{n}") for n in range(4)]
            assert [reply.status for reply in replies] == [200] * 4
            free.conduct = REFUSING


async def test_each_worker_is_asked_at_most_once_and_then_the_region_is_full(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    async with AsyncExitStack() as stack:
        workers = await some(stack, 5, REFUSING)
        await stack.enter_async_context(region.running(*servers_of(workers)))
        reply = await region.post()
        assert reply.told == (503, "REGION_FULL", "no")
        assert int(reply.headers["Retry-After"]) >= 1
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert [len(worker.seen) for worker in workers] == [1] * 5


async def test_a_task_goes_on_among_the_workers_of_before_a_reload_that_comes_meanwhile(tmp_path: Path) -> None:
    """Whom it came in with may all be leaving by then: so a region may refuse a task that has a free worker by now."""
    region = RegionNginx(tmp_path)
    async with AsyncExitStack() as stack:
        holding = Holding(REFUSING)
        slow, leaving, new = [(await some(stack, 1, conduct))[0] for conduct in (holding, REFUSING, answering())]
        await stack.enter_async_context(region.running(*servers_of([slow, leaving])))
        task = asyncio.create_task(region.post())
        await until(lambda: holding.held)
        await region.change(*servers_of([new]))
        assert (await region.post()).status == 200
        holding.release.set()
        assert (await task).told == (503, "REGION_FULL", "no")
        assert [len(worker.seen) for worker in (slow, leaving, new)] == [1, 1, 1]


async def test_of_many_workers_nine_are_asked(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    async with AsyncExitStack() as stack:
        workers = await some(stack, 14, REFUSING)
        await stack.enter_async_context(region.running(*servers_of(workers)))
        assert (await region.post()).told == (503, "REGION_FULL", "no")
        assert sum(len(worker.seen) for worker in workers) == 1 + MOST_MORE == 9
        assert max(len(worker.seen) for worker in workers) == 1


async def test_a_worker_alone_is_asked_once(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    async with StandIn(REFUSING) as worker, region.running(*servers_of([worker])):
        assert (await region.post()).told == (503, "REGION_FULL", "no")
        assert len(worker.seen) == 1


async def test_body_and_header_are_the_same_at_every_worker(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    body = json.dumps({"proxy": "x" * 1_900_000}).encode()
    async with AsyncExitStack() as stack:
        workers = await some(stack, 3, REFUSING)
        await stack.enter_async_context(region.running(*servers_of(workers)))
        await region.post(body, X_Request_ID="r-1", Nearway_Task="t-1", Prefer="respond-async, wait=0")
        seen = [worker.seen[0] for worker in workers]
        assert [one.body for one in seen] == [body] * 3
        assert [one.path for one in seen] == ["/solve"] * 3
        assert {(one.headers["x-request-id"], one.headers["nearway-task"], one.headers["prefer"]) for one in seen} == {
            ("r-1", "t-1", "respond-async, wait=0")
        }


async def test_a_dead_worker_on_the_way_is_passed_over(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    async with AsyncExitStack() as stack:
        full, free = await some(stack, 2, REFUSING)
        dead = Server(f"127.0.0.1:{free_port()}", 100)
        free.conduct = answering()
        servers = [*servers_of([full]), dead, *servers_of([free])]
        await stack.enter_async_context(region.running(*servers))
        assert [(await region.post()).status for _ in range(9)] == [200] * 9


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists() or not Path("/proc/net/if_inet6").read_text(), reason="no IPv6 here")
async def test_an_ipv6_worker_is_part_of_the_ring(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    async with AsyncExitStack() as stack:
        full, free = await some(stack, 2, REFUSING)
        six = await stack.enter_async_context(StandIn(REFUSING, "::1"))
        free.conduct = answering()
        await stack.enter_async_context(region.running(*servers_of([full, six, free])))
        assert [(await region.post()).status for _ in range(9)] == [200] * 9
        assert six.seen
        assert full.seen


async def test_after_a_refusal_a_worker_that_hangs_up_ends_it(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    async with AsyncExitStack() as stack:
        workers = await some(stack, 3, REFUSING)
        full, broken, free = workers
        broken.conduct, free.conduct = hanging_up, answering()
        await stack.enter_async_context(region.running(*servers_of(workers)))
        replies = [await region.post() for _ in range(9)]
        assert full.seen
        assert len(broken.seen) + len(free.seen) == 9
        assert [reply.told for reply in replies].count((502, "WORKER_LOST", "unknown")) == len(broken.seen) > 0
        assert [reply.status for reply in replies].count(200) == len(free.seen)


@pytest.mark.parametrize("said", ["unknown", "yes", "maybe", "", "no, no"])
async def test_a_503_that_does_not_say_no_goes_nowhere_else(tmp_path: Path, said: str) -> None:
    region = RegionNginx(tmp_path)
    async with AsyncExitStack() as stack:
        workers = await some(stack, 3, answering(503, {"Task-Submitted": said} if said else {}))
        await stack.enter_async_context(region.running(*servers_of(workers)))
        known = said if said in ("yes", "unknown") else "unknown"
        assert (await region.post()).told == (502, "WORKER_LOST", known)
        assert sum(len(worker.seen) for worker in workers) == 1


@pytest.mark.parametrize("status", [200, 202, 400, 404, 409, 413, 422, 429, 500, 501])
async def test_any_other_answer_is_the_answer(tmp_path: Path, status: int) -> None:
    region = RegionNginx(tmp_path)
    said = {"Task-Submitted": "no", "Location": "/tasks/7?at=1", "Content-Type": "application/problem+json"}
    async with AsyncExitStack() as stack:
        workers = await some(stack, 2, answering(status, said, b'{"error": "OWN"}'))
        await stack.enter_async_context(region.running(*servers_of(workers)))
        reply = await region.post()
        assert reply.status == status
        assert reply.headers["Task-Submitted"] == "no"
        if status != 413:  # the same code in nginx's words
            assert (reply.body, reply.headers["Location"]) == (b'{"error": "OWN"}', "/tasks/7?at=1")
        assert sum(len(worker.seen) for worker in workers) == 1


async def test_a_worker_gets_no_more_tasks_than_slots_and_then_the_next_is_used(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path)
    async with AsyncExitStack() as stack:
        holding = Holding()
        workers = await some(stack, 2, holding)
        await stack.enter_async_context(region.running(*servers_of(workers, slots=2)))
        tasks = [asyncio.create_task(region.post()) for _ in range(5)]
        done, held = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=20)
        assert [task.result().told for task in done] == [(503, "REGION_FULL", "no")]
        await until(lambda: [len(worker.seen) for worker in workers] == [2, 2])
        holding.release.set()
        assert {task.result().status for task in (await asyncio.wait(held))[0]} == {200}


async def test_refusing_is_no_failure_that_a_worker_rests_for(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path, max_fails=1)
    async with AsyncExitStack() as stack:
        workers = await some(stack, 2, REFUSING)
        await stack.enter_async_context(region.running(*servers_of(workers)))
        for _ in range(4):
            assert (await region.post()).told == (503, "REGION_FULL", "no")
        assert [len(worker.seen) for worker in workers] == [4, 4]


async def test_a_backup_is_used_when_the_others_are_full(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path, strategy="least_conn")
    async with AsyncExitStack() as stack:
        primary, backup = await some(stack, 2, answering())
        servers = [*servers_of([primary], slots=1), *servers_of([backup], backup=True)]
        await stack.enter_async_context(region.running(*servers))
        for _ in range(5):
            await region.post()
        assert (len(primary.seen), len(backup.seen)) == (5, 0)
        primary.conduct = REFUSING
        assert (await region.post()).status == 200
        assert len(backup.seen) == 1
