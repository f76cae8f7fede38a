"""What nginx says when it answers itself: our codes, and of the money just what it knows."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from contract.at import mark
from renderer.region import Strategy
from renderer.upstreams import Server
from tests.integration.nginx_lab import (
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

LIMIT = 2 * 1024 * 1024


async def half_an_answer(_: object) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Le"


@pytest.fixture
def silent() -> Iterator[str]:
    """An address whose connections are never accepted nor refused: its queue is full."""
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(listening.getsockname())
        yield f"127.0.0.1:{listening.getsockname()[1]}"


async def test_none_there(tmp_path: Path) -> None:
    async with RegionNginx(tmp_path).running() as region:
        reply = await region.post()
        assert reply.told == (503, "REGION_EMPTY", "no")
        assert int(reply.headers["Retry-After"]) >= 1
        assert (await region.get("/tasks/7?at=1")).told == (503, "REGION_EMPTY", "yes")
        assert (await region.get("/health")).told == (503, "REGION_EMPTY", "no")
        assert (await region.get("/region")).json == {"region": "us-east"}


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("count", [1, 3])
async def test_connection_refused_by_all(tmp_path: Path, count: int, strategy: Strategy) -> None:
    dead = [Server(f"127.0.0.1:{port}", 2) for port in {free_port() for _ in range(count)}]
    async with RegionNginx(tmp_path, strategy=strategy).running(*dead) as region:
        assert (await region.post()).told == (502, "REGION_UNREACHABLE", "no")


async def test_dead_workers_that_rest_after_their_failures(tmp_path: Path) -> None:
    dead = [Server(f"127.0.0.1:{port}", 2) for port in {free_port() for _ in range(2)}]
    async with RegionNginx(tmp_path, max_fails=1).running(*dead) as region:
        told = [(await region.post()).told for _ in range(4)]
        assert set(told) <= {(502, "REGION_UNREACHABLE", "no"), (503, "REGION_FULL", "no")}


async def test_a_refused_connection_moves_on_within_the_group(tmp_path: Path) -> None:
    async with StandIn(answering()) as worker:
        servers = [Server(f"127.0.0.1:{free_port()}", 100), *servers_of([worker])]
        async with RegionNginx(tmp_path).running(*servers) as region:
            assert [(await region.post()).status for _ in range(4)] == [200] * 4


async def test_connect_timeout(tmp_path: Path, silent: str) -> None:
    async with RegionNginx(tmp_path, connect_timeout="100ms").running(Server(silent, 2)) as region:
        assert (await region.post()).told == (502, "REGION_UNREACHABLE", "no")


@pytest.mark.parametrize("conduct", [hanging_up, half_an_answer])
async def test_no_whole_answer_after_the_task_was_sent(tmp_path: Path, conduct: Conduct) -> None:
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(StandIn(conduct)) for _ in range(2)]
        region = await stack.enter_async_context(RegionNginx(tmp_path).running(*servers_of(workers)))
        reply = await region.post()
        assert reply.told == (502, "WORKER_LOST", "unknown")
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert "Retry-After" not in reply.headers
        assert sum(len(worker.seen) for worker in workers) == 1


async def test_read_timeout(tmp_path: Path) -> None:
    holding = Holding()
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(StandIn(holding)) for _ in range(2)]
        region = await stack.enter_async_context(RegionNginx(tmp_path, read_timeout="100ms").running(*servers_of(workers)))
        assert (await region.post()).told == (502, "WORKER_LOST", "unknown")
        assert sum(len(worker.seen) for worker in workers) == 1


@pytest.mark.parametrize("status", [502, 504])
@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"Task-Submitted": "yes"}, (502, "WORKER_LOST", "yes")),
        ({"Task-Submitted": "Unknown"}, (502, "WORKER_LOST", "unknown")),
        ({"Task-Submitted": "no"}, (503, "REGION_FULL", "no")),
        ({}, (502, "WORKER_LOST", "unknown")),
        ({"Task-Submitted": "perhaps"}, (502, "WORKER_LOST", "unknown")),
    ],
)
async def test_a_gateway_error_of_a_workers_own_keeps_its_word(
    tmp_path: Path, status: int, said: dict[str, str], told: tuple[int, str, str]
) -> None:
    async with StandIn(answering(status, said)) as worker, RegionNginx(tmp_path).running(*servers_of([worker])) as region:
        assert (await region.post()).told == told
        assert len(worker.seen) == 1


async def test_all_full_by_nginxs_count(tmp_path: Path) -> None:
    async with StandIn(Holding()) as worker, RegionNginx(tmp_path).running(*servers_of([worker], slots=1)) as region:
        held = asyncio.create_task(region.post())
        await until(lambda: worker.seen)
        assert (await region.post()).told == (503, "REGION_FULL", "no")
        assert isinstance(worker.conduct, Holding)
        worker.conduct.release.set()
        assert (await held).status == 200
        assert len(worker.seen) == 1


async def test_a_wait_and_a_look_at_health_need_no_slot(tmp_path: Path) -> None:
    holding = Holding()
    async with StandIn(holding) as worker, RegionNginx(tmp_path).running(*servers_of([worker], slots=1)) as region:
        held = asyncio.create_task(region.post())
        await until(lambda: worker.seen)
        worker.conduct = answering()
        for path in ("/tasks/7?at=1", "/health"):
            assert (await region.get(path)).status == 200
        holding.release.set()
        await held
        assert [seen.path for seen in worker.seen] == ["/solve", "/tasks/7?at=1", "/health"]


@pytest.mark.parametrize("conduct", [hanging_up, answering(503), half_an_answer])
async def test_a_wait_goes_on_at_another_worker(tmp_path: Path, conduct: Conduct) -> None:
    async with StandIn(conduct) as broken, StandIn(answering(body=b'{"solution": 1}')) as good:
        servers = [Server(f"127.0.0.1:{free_port()}", 1), *servers_of([broken, good])]
        async with RegionNginx(tmp_path).running(*servers) as region:
            assert [(await region.get("/tasks/7")).body for _ in range(6)] == [b'{"solution": 1}'] * 6
            assert broken.seen


async def test_a_wait_goes_to_the_worker_that_keeps_its_slot_and_on_when_that_fails(tmp_path: Path) -> None:
    async with StandIn(answering()) as one, StandIn(answering()) as other:
        gone = Server(f"127.0.0.1:{free_port()}", 1)
        async with RegionNginx(tmp_path).running(gone, *servers_of([one, other])) as region:
            for _ in range(6):
                assert (await region.get(f"/tasks/7?kind=x&at={mark(other.address)}")).status == 200
            assert (len(one.seen), len(other.seen)) == (0, 6)
            other.conduct = hanging_up
            for at in (mark(other.address), mark(gone.address), "of_another_region"):
                assert (await region.get(f"/tasks/7?at={at}")).status == 200
            assert len(one.seen) == 3


async def test_a_wait_that_fails_says_that_the_task_is_paid_for(tmp_path: Path) -> None:
    async with StandIn(hanging_up) as worker, RegionNginx(tmp_path).running(*servers_of([worker])) as region:
        assert (await region.get("/tasks/7")).told == (502, "WORKER_LOST", "yes")
        await region.change(Server(f"127.0.0.1:{free_port()}", 1))
        assert (await region.get("/tasks/7")).told == (502, "REGION_UNREACHABLE", "yes")


async def test_only_a_worker_that_can_continue_others_tasks_is_asked_for_them(tmp_path: Path) -> None:
    async with StandIn(answering(404)) as foreign, StandIn(answering()) as ours:
        servers = [*servers_of([foreign], resumable=False), *servers_of([ours])]
        async with RegionNginx(tmp_path).running(*servers) as region:
            assert {(await region.get("/tasks/7")).status for _ in range(4)} == {200}
            await region.change(*servers[:1])
            assert (await region.get("/tasks/7")).told == (503, "REGION_EMPTY", "yes")
            assert (await region.post()).status == 404


async def test_the_health_of_a_worker_is_passed_on_as_it_is(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path, health_timeout="100ms")
    async with StandIn(answering(503, body=b'{"status":"draining"}')) as worker, region.running(*servers_of([worker])):
        reply = await region.get("/health")
        assert (reply.status, reply.body) == (503, b'{"status":"draining"}')
        worker.conduct = Holding()
        assert (await region.get("/health")).told == (502, "REGION_UNREACHABLE", "no")


async def test_a_client_that_leaves_does_not_cut_its_task_off(tmp_path: Path) -> None:
    holding = Holding(answering(body=b'{"solution": 1}'))
    async with StandIn(holding) as worker, RegionNginx(tmp_path).running(*servers_of([worker])) as region:
        _, writer = await asyncio.open_connection("127.0.0.1", region.port)
        writer.write(b"POST /solve HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nNearway-Task: t-9\r\n\r\n{}")
        await until(lambda: worker.seen)
        writer.transport.abort()
        # A later request's whole way through nginx: it has seen the abort by then.
        worker.conduct = answering()
        await region.get("/tasks/7")
        holding.release.set()
        log = region.run_dir / "access.log"
        await until(lambda: "t-9" in log.read_text(), "the task in the log")
        entry = next(json.loads(line) for line in log.read_text().splitlines() if "t-9" in line)
        assert (entry["status"], entry["upstream_status"]) == ("200", "200")
        assert worker.hung_up_on == 0


async def test_a_body_over_the_limit(tmp_path: Path) -> None:
    async with StandIn(answering()) as worker, RegionNginx(tmp_path).running(*servers_of([worker])) as region:
        assert (await region.post(b"x" * LIMIT)).status == 200
        reply = await region.post(b"x" * (LIMIT + 1))
        assert reply.told == (413, "BODY_TOO_LARGE", "no")
        assert str(LIMIT) in reply.json["detail"]
        assert len(worker.seen) == 1


async def raw(region: RegionNginx, request: bytes) -> tuple[bytes, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", region.port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    body = await reader.readexactly(length)
    writer.close()
    return head, body


CHUNKED = b"POST /solve HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"100000\r\n" + b"x" * 0x100000 + b"\r\n"

BAD = [
    ("no method at all", b"\x16\x03\x01\r\n\r\n", 400, "BAD_REQUEST"),
    ("no Host", b"GET /region HTTP/1.1\r\n\r\n", 400, "BAD_REQUEST"),
    ("a wrong length", b"POST /solve HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400, "BAD_REQUEST"),
    ("two lengths", b"POST /solve HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "BAD_REQUEST"),
    ("an unknown coding", b"POST /solve HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "BAD_REQUEST"),
    ("another protocol", b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505, "BAD_REQUEST"),
    ("a long line", b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
    ("a long field", b"GET /region HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
    ("a long chunked body", CHUNKED + b"200000\r\n" + b"x" * 1_000, 413, "BODY_TOO_LARGE"),
    ("TRACE", b"TRACE /solve HTTP/1.1\r\nHost: x\r\n\r\n", 405, "METHOD_NOT_ALLOWED"),
    ("an inner path", b"GET /-/not-found HTTP/1.1\r\nHost: x\r\n\r\n", 404, "NOT_FOUND"),
]


@pytest.mark.parametrize("with_worker", [True, False], ids=["with a worker", "empty"])
async def test_a_request_that_nginx_can_not_take(tmp_path: Path, with_worker: bool) -> None:
    async with StandIn(answering()) as worker:
        servers = servers_of([worker]) if with_worker else []
        async with RegionNginx(tmp_path).running(*servers) as region:
            for name, request, status, error in BAD:
                if name == "a long chunked body" and not with_worker:
                    continue  # it is refused for want of a worker, before it is read
                head, body = await raw(region, request)
                assert head.startswith(b"HTTP/1.1 %d " % status), name
                assert b"\r\nTask-Submitted: no\r\n" in head, name
                assert b"\r\nContent-Type: application/problem+json\r\n" in head, name
                assert json.loads(body)["error"] == error, name
        assert not worker.seen


@pytest.mark.parametrize(
    ("method", "path", "status", "error", "allow"),
    [
        ("GET", "/solve", 405, "METHOD_NOT_ALLOWED", "POST"),
        ("PUT", "/solve", 405, "METHOD_NOT_ALLOWED", "POST"),
        ("POST", "/tasks/7", 405, "METHOD_NOT_ALLOWED", "GET, HEAD"),
        ("DELETE", "/tasks/7", 405, "METHOD_NOT_ALLOWED", "GET, HEAD"),
        ("POST", "/health", 405, "METHOD_NOT_ALLOWED", "GET, HEAD"),
        ("GET", "/metrics", 404, "NOT_FOUND", None),
        ("GET", "/ready", 404, "NOT_FOUND", None),
        ("POST", "/solve/", 404, "NOT_FOUND", None),
        ("POST", "/", 404, "NOT_FOUND", None),
    ],
)
async def test_paths_and_methods_that_are_none(
    tmp_path: Path, method: str, path: str, status: int, error: str, allow: str | None
) -> None:
    async with AsyncExitStack() as stack:
        worker = await stack.enter_async_context(StandIn(answering()))
        region = await stack.enter_async_context(RegionNginx(tmp_path).running(*servers_of([worker])))
        reply = await region.ask(method, path, b"{}")
        assert reply.told == (status, error, "no")
        assert reply.headers.get("Allow") == allow
        assert not worker.seen


async def test_what_a_worker_learns_of_the_client(tmp_path: Path) -> None:
    async with StandIn(answering()) as worker, RegionNginx(tmp_path).running(*servers_of([worker])) as region:
        await region.post(X_Forwarded_For="203.0.113.7", X_Real_IP="6.6.6.6", X_Request_ID="r.1-2_3", X_Forwarded_Proto="gopher")
        await region.post(X_Request_ID="no good: {}")
        await region.post()
        first, second, third = (seen.headers for seen in worker.seen)
        assert first["x-forwarded-for"] == "203.0.113.7, 127.0.0.1"
        assert (first["x-real-ip"], first["x-forwarded-proto"], first["host"]) == ("127.0.0.1", "http", "127.0.0.1")
        assert first["x-request-id"] == "r.1-2_3"
        assert {len(second["x-request-id"]), len(third["x-request-id"])} == {32}
        assert second["x-request-id"] != third["x-request-id"]
        assert first["connection"] == "close"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "client"),
    [
        ([], "203.0.113.7", "127.0.0.1"),
        (["127.0.0.0/8"], "203.0.113.7", "203.0.113.7"),
        (["127.0.0.0/8"], "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (["127.0.0.0/8", "203.0.113.0/24"], "2001:db8::1, 203.0.113.7", "2001:db8::1"),
        (["127.0.0.0/8"], "no address", "127.0.0.1"),
        (["10.0.0.0/8", "::/0"], "203.0.113.7", "127.0.0.1"),
    ],
)
async def test_who_the_client_is_is_believed_of_trusted_proxies_alone(
    tmp_path: Path, trusted: list[str], forwarded: str, client: str
) -> None:
    made = RegionNginx(tmp_path, endpoint={"trusted_proxies": trusted})
    async with StandIn(answering()) as worker, made.running(*servers_of([worker])) as region:
        await region.post(X_Forwarded_For=forwarded)
        (seen,) = worker.seen
        assert seen.headers["x-real-ip"] == client
        assert seen.headers["x-forwarded-for"] == f"{forwarded}, 127.0.0.1"
        (line,) = await region.logged(1)
        assert line["client"] == client


async def test_a_client_behind_a_trusted_gateway_keeps_its_worker_with_ip_hash(tmp_path: Path) -> None:
    made = RegionNginx(tmp_path, strategy="ip_hash", endpoint={"trusted_proxies": ["127.0.0.1/32"]})
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(StandIn(answering())) for _ in range(4)]
        async with made.running(*servers_of(workers)) as region:
            for third in range(40):
                for _ in range(2):
                    await region.post(X_Forwarded_For=f"203.0.{third}.7")
    clients = [{seen.headers["x-real-ip"] for seen in worker.seen} for worker in workers]
    assert sum(map(len, clients)) == len(set().union(*clients)) == 40
    assert sum(map(bool, clients)) > 1
