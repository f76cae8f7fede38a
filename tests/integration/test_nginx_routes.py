"""Paths beside tasks that a region passes on: as they are, to any worker, and once if they may have been begun."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from renderer.upstreams import Server
from tests.integration.nginx_lab import Holding, RegionNginx, StandIn, answering, free_port, hanging_up, servers_of

PATHS = ["/v1/images/", "/a-b/c.d/~e_f/"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PATCH"])
@pytest.mark.parametrize("path", ["/v1/images/", "/v1/images/a%20b//c;d?e=1", "/a-b/c.d/~e_f/x"])
async def test_a_request_passes_as_it_is(tmp_path: Path, method: str, path: str) -> None:
    region = RegionNginx(tmp_path, routes=PATHS)
    async with StandIn(answering(404, {"X-Own": "1"}, b"" if method == "HEAD" else b"own")) as worker:
        async with region.running(*servers_of([worker], slots=1)):
            reply = await region.ask(method, path, b"body", X_Own="2")
            assert (reply.status, reply.headers["X-Own"]) == (404, "1"), "the worker's own answer, not nginx's"
        (seen,) = worker.seen
        assert (seen.method, seen.path, seen.headers["x-own"], seen.body) == (method, path, "2", b"body")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "BREW"])
async def test_what_nginx_would_repeat_is_not_passed_on(tmp_path: Path, method: str) -> None:
    region = RegionNginx(tmp_path, routes=PATHS)
    async with StandIn(answering()) as worker, region.running(*servers_of([worker])):
        assert (await region.ask(method, "/v1/images/a", b"x")).status == 405
        assert worker.seen == []


@pytest.mark.parametrize("path", ["/v1/images", "/v1/", "/v1/other/", "/V1/images/", "/v1/images/../a", "/v1/images/%2e%2e/a"])
async def test_what_is_elsewhere_is_not_passed_on(tmp_path: Path, path: str) -> None:
    region = RegionNginx(tmp_path, routes=PATHS)
    async with StandIn(answering()) as worker, region.running(*servers_of([worker])):
        reader, writer = await asyncio.open_connection("127.0.0.1", region.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert (await reader.read()).startswith(b"HTTP/1.1 404 ")
        writer.close()
        assert worker.seen == []


async def test_what_may_have_been_begun_goes_to_no_other_worker_unless_that_changes_nothing(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path, routes=PATHS)
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(StandIn(hanging_up)) for _ in range(3)]
        await stack.enter_async_context(region.running(*servers_of(workers)))
        for method, most in (("POST", 1), ("PATCH", 1), ("GET", 3)):
            assert (await region.ask(method, "/v1/images/a", b"x")).told == (502, "WORKER_LOST", "unknown")
            assert sum(len(worker.seen) for worker in workers) == most
            for worker in workers:
                worker.seen.clear()


async def test_what_no_worker_could_get_is_said_to_be_unsent(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path, routes=PATHS)
    gone = [Server(f"127.0.0.1:{free_port()}", 1) for _ in range(2)]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(region.running(*gone))
        for method in ("GET", "POST"):
            assert (await region.ask(method, "/v1/images/a", b"x")).told == (502, "REGION_UNREACHABLE", "no")
        free = await stack.enter_async_context(StandIn(answering()))
        await region.change(gone[0], *servers_of([free]))
        assert [(await region.ask("POST", "/v1/images/a", b"x")).status for _ in range(6)] == [200] * 6
        await region.change()
        assert (await region.get("/v1/images/a")).told == (503, "REGION_EMPTY", "no")


async def test_it_takes_no_slot(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path, routes=PATHS)
    holding = Holding()
    async with StandIn(holding) as worker, region.running(*servers_of([worker], slots=1)):
        held = [asyncio.create_task(region.ask("POST", "/v1/images/a", b"x")) for _ in range(3)]
        held.append(asyncio.create_task(region.post()))
        while holding.held < 4:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        holding.release.set()
        assert [reply.status for reply in await asyncio.gather(*held)] == [200] * 4


async def test_a_body_over_the_limit_is_told_so(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path, routes=PATHS)
    async with StandIn(answering()) as worker, region.running(*servers_of([worker])):
        assert (await region.ask("POST", "/v1/images/a", b"x" * 3_000_000)).told == (413, "BODY_TOO_LARGE", "no")
        assert worker.seen == []
