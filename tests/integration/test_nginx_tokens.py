"""Tokens at a region's nginx: who may send tasks, what workers are shown, and what becomes of a task when they refuse it."""

from pathlib import Path
from typing import Any

import pytest

from attempt.evidence import Answer
from attempt.exchange import Exchange
from attempt.outcome import Outcome, outcome_of
from renderer.stage import read
from tests.integration.nginx_lab import REFUSING, RegionNginx, Reply, StandIn, answering, hanging_up, servers_of

OLD, NEW, WORKERS = "Old-" + "1" * 40, "New/" + "2" * 40, "3" * 40
BOTH = f"{OLD},{NEW}"
REFUSED = answering(
    401,
    {"Task-Submitted": "no", "WWW-Authenticate": "Nearway-Token", "Content-Type": "application/problem+json"},
    b'{"error": "TOKEN_REQUIRED"}',
)


@pytest.mark.parametrize("shown", [OLD, NEW])
async def test_who_shows_a_token_is_served_and_workers_are_shown_theirs(tmp_path: Path, shown: str) -> None:
    region = RegionNginx(tmp_path, tokens=(BOTH, WORKERS), routes=["/v1/"])
    async with StandIn(answering()) as worker, region.running(*servers_of([worker])):
        replies = [
            await region.post(nearway_token=shown),
            *[await region.get(path, nearway_token=shown) for path in ("/tasks/7", "/health", "/v1/x", "/region")],
        ]
        assert [reply.status for reply in replies] == [200] * 5
        assert [seen.headers["nearway-token"] for seen in worker.seen] == [WORKERS] * 4


NEARLY = [OLD.lower(), OLD.upper(), OLD[:-1], OLD + "x", f"{OLD} {OLD}", f"{OLD},{NEW}"]
OTHERS = [None, "", "none", "default", WORKERS, "~.*", '" yes', "\xe9" * 40]


@pytest.mark.parametrize("shown", [*NEARLY, *OTHERS])
@pytest.mark.parametrize("with_worker", [True, False], ids=["with a worker", "empty"])
async def test_without_a_token_that_is_known_nothing_is_submitted_nor_told(
    tmp_path: Path, shown: str | None, with_worker: bool
) -> None:
    region = RegionNginx(tmp_path, tokens=(BOTH, WORKERS), routes=["/v1/"])
    async with StandIn(answering()) as worker:
        async with region.running(*servers_of([worker] if with_worker else [])):
            headers: dict[str, Any] = {} if shown is None else {"nearway_token": shown}
            for reply, submitted in [
                (await region.post(**headers), "no"),
                (await region.get("/solve", **headers), "no"),
                (await region.get("/tasks/7?at=1", **headers), "unknown"),
                (await region.get("/health", **headers), "no"),
                (await region.get("/v1/x", **headers), "no"),
            ]:
                assert reply.told == (401, "TOKEN_REQUIRED", submitted)
                assert reply.headers["Content-Type"] == "application/problem+json"
                assert reply.headers["WWW-Authenticate"] == "Nearway-Token"
        assert not worker.seen


async def test_consuls_check_needs_none_and_a_probe_learns_that_its_token_is_wrong(tmp_path: Path) -> None:
    async with RegionNginx(tmp_path, tokens=(OLD, None)).running() as region:
        assert (await region.get("/region")).json == {"region": "us-east"}
        assert (await region.get("/region/workers")).status == 200
        assert (await region.get("/region", nearway_token=OLD)).status == 200
        for wrong in (NEW, "none"):
            assert (await region.get("/region", nearway_token=wrong)).told == (401, "TOKEN_REQUIRED", "no")
        assert (region.run_dir / "access.log").read_text() == "", "probes are not logged, come what may"


async def test_where_none_is_asked_for_what_is_shown_goes_no_further(tmp_path: Path) -> None:
    async with StandIn(answering()) as worker, RegionNginx(tmp_path, routes=["/v1/"]).running(*servers_of([worker])) as region:
        for reply in (await region.post(nearway_token=OLD), await region.get("/v1/x", nearway_token=OLD)):
            assert reply.status == 200
        assert all("nearway-token" not in seen.headers for seen in worker.seen)


async def test_no_token_is_in_the_log_nor_in_the_configuration_nor_on_a_command_line(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path, tokens=(OLD, WORKERS))
    async with StandIn(answering()) as worker, region.running(*servers_of([worker])):
        await region.post(nearway_token=OLD)
        await region.post(nearway_token=NEW)
        await region.logged(2)
        readable = [
            region.nginx.config.read_text(),
            (tmp_path / "access.log").read_text(),
            *[read(Path(f"/proc/{one}/cmdline")) or "" for one in (region.master(), *region.workers())],
        ]
        for text in readable:
            assert not {token for token in (OLD, NEW, WORKERS) if token in text}


async def test_a_token_is_replaced_without_a_gap(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path, tokens=(OLD, WORKERS))
    async with StandIn(answering()) as worker, region.running(*servers_of([worker])):

        async def statuses() -> list[int]:
            return [(await region.post(nearway_token=token)).status for token in (OLD, NEW)]

        assert await statuses() == [200, 401]
        region.tokens = (BOTH, WORKERS)
        await region.change(*servers_of([worker]))
        assert await statuses() == [200, 200]
        region.tokens = (NEW, WORKERS)
        await region.change(*servers_of([worker]))
        assert await statuses() == [401, 200]


@pytest.mark.parametrize("size", [200, 60_000, 2_000_000])
async def test_a_gateway_is_told_that_its_token_is_wrong_however_large_the_task(tmp_path: Path, size: int) -> None:
    async with StandIn(answering()) as worker, RegionNginx(tmp_path, tokens=(OLD, None)).running(*servers_of([worker])) as region:
        exchange = Exchange(token=lambda: NEW)
        for _ in range(20):
            evidence = await exchange.submit(f"{region.url}/solve", {}, b"x" * size, 10)
            assert isinstance(evidence, Answer), evidence
            assert outcome_of(evidence) is Outcome.UNSENT
        await exchange.close()
        assert not worker.seen


async def test_a_task_that_one_worker_refuses_for_the_token_goes_on_to_another(tmp_path: Path) -> None:
    region = RegionNginx(tmp_path, tokens=(None, WORKERS))
    async with StandIn(REFUSED) as wrong, StandIn(answering()) as right, region.running(*servers_of([wrong, right])):
        assert [(await region.post()).status for _ in range(4)] == [200] * 4
        # Of two there is one that answers, and who asks for a wait asks again.
        assert 200 in [(await region.get("/tasks/7")).status for _ in range(4)]
        assert wrong.seen
        assert len([seen for seen in right.seen if seen.path == "/solve"]) == 4


async def told(region: RegionNginx, *workers: StandIn) -> Reply:
    async with region.running(*servers_of(workers)):
        return await region.post()


async def test_what_all_workers_refuse_for_the_token_is_not_taken_for_a_full_region(tmp_path: Path) -> None:
    async with StandIn(REFUSED) as one, StandIn(REFUSED) as two, StandIn(REFUSED) as three:
        for workers in ((one,), (one, two), (one, two, three)):
            reply = await told(RegionNginx(tmp_path, tokens=(None, WORKERS)), *workers)
            assert reply.told == (502, "WORKER_TOKEN_REFUSED", "no")
            assert outcome_of(Answer(502, {"task-submitted": "no"}, reply.body)) is Outcome.UNSENT


async def test_a_region_with_a_full_worker_is_full_whatever_the_others_say(tmp_path: Path) -> None:
    async with StandIn(REFUSED) as wrong, StandIn(REFUSING) as full, StandIn(REFUSED) as too:
        for workers in ((wrong, full), (full, wrong), (wrong, full, too)):
            assert (await told(RegionNginx(tmp_path, tokens=(None, WORKERS)), *workers)).told == (503, "REGION_FULL", "no")


async def test_a_worker_that_is_gone_beside_one_that_refuses_does_not_hide_it(tmp_path: Path) -> None:
    async with StandIn(answering()) as gone:
        pass
    async with StandIn(REFUSED) as wrong:
        for workers in ((wrong, gone), (gone, wrong)):
            assert (await told(RegionNginx(tmp_path, tokens=(None, WORKERS)), *workers)).told == (
                502,
                "WORKER_TOKEN_REFUSED",
                "no",
            )


async def test_after_a_refusal_a_worker_that_hangs_up_is_unknown_still(tmp_path: Path) -> None:
    async with StandIn(REFUSED) as wrong, StandIn(hanging_up) as lost:
        region = RegionNginx(tmp_path, tokens=(None, WORKERS))
        async with region.running(*servers_of([wrong, lost])):
            assert {(await region.post()).told for _ in range(4)} == {(502, "WORKER_LOST", "unknown")}


async def test_a_workers_own_401_on_a_route_is_the_clients(tmp_path: Path) -> None:
    own = answering(401, {"WWW-Authenticate": "Bearer"}, b"who are you?")
    async with (
        StandIn(own) as worker,
        RegionNginx(tmp_path, tokens=(None, WORKERS), routes=["/v1/"]).running(*servers_of([worker])) as region,
    ):
        reply = await region.get("/v1/x", authorization="Bearer client")
        assert (reply.status, reply.headers["WWW-Authenticate"], reply.body) == (401, "Bearer", b"who are you?")
        assert worker.seen[0].headers["authorization"] == "Bearer client"
