"""TLS at a region's nginx: who may send tasks, and what becomes of a task when a worker's TLS fails."""

import os
import signal
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from attempt.evidence import Answer
from attempt.exchange import Exchange
from attempt.outcome import Outcome, outcome_of
from renderer import stage
from tests.certificates import Authority, Pair
from tests.integration.nginx_lab import RegionNginx, StandIn, answering, servers_of, until

NAME = "workers.example"


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ours")


@pytest.fixture
def theirs(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "theirs")


def served(ours: Authority, folder: Path) -> RegionNginx:
    """A region that wants client certificates."""
    pair = ours.issue("127.0.0.1")
    return RegionNginx(folder, tls={"certificate": pair.certificate, "key": pair.key, "client_ca": ours.ca})


async def test_a_client_with_a_certificate_is_served(tmp_path: Path, ours: Authority) -> None:
    async with StandIn(answering()) as worker, served(ours, tmp_path).running(*servers_of([worker])) as region:
        region.client = ours.client(ours.issue("gateway.example"))
        assert [(await region.post()).status, (await region.get("/tasks/7")).status, (await region.get("/health")).status] == [
            200, 200, 200,
        ]  # fmt: skip
        assert worker.seen[0].headers["x-forwarded-proto"] == "https"


WRONG: list[Callable[[Authority, Authority], Pair | None]] = [
    lambda ours, theirs: None,
    lambda ours, theirs: theirs.issue("gateway.example"),
    lambda ours, theirs: ours.issue("gateway.example", expired=True),
]


@pytest.mark.parametrize("shown", WRONG, ids=["none", "of another CA", "expired"])
@pytest.mark.parametrize("with_worker", [True, False], ids=["with a worker", "empty"])
async def test_without_a_certificate_that_is_trusted_nothing_is_submitted_nor_told(
    tmp_path: Path, ours: Authority, theirs: Authority, shown: Callable[[Authority, Authority], Pair | None], with_worker: bool
) -> None:
    async with StandIn(answering()) as worker:
        servers = servers_of([worker]) if with_worker else []
        async with served(ours, tmp_path).running(*servers) as region:
            region.client = ours.client(shown(ours, theirs))
            reply = await region.post()
            assert reply.told == (403, "CERTIFICATE_REQUIRED", "no")
            assert reply.headers["Content-Type"] == "application/problem+json"
            assert (await region.get("/solve")).told == (403, "CERTIFICATE_REQUIRED", "no")
            assert (await region.get("/tasks/7?at=1")).told == (403, "CERTIFICATE_REQUIRED", "unknown")
            assert (await region.get("/health")).told == (403, "CERTIFICATE_REQUIRED", "no")
        assert not worker.seen


async def test_consuls_check_and_the_probe_need_no_certificate(tmp_path: Path, ours: Authority) -> None:
    async with served(ours, tmp_path).running() as region:
        region.client = ours.client()
        assert (await region.get("/region")).json == {"region": "us-east"}
        assert (await region.get("/region/workers")).json == {"region": "us-east", "workers": 0, "slots": 0}


@pytest.mark.parametrize("size", [200, 60_000, 2_000_000])
async def test_a_gateway_is_told_of_a_certificate_that_is_not_trusted_however_large_the_task(
    tmp_path: Path, ours: Authority, theirs: Authority, size: int
) -> None:
    async with StandIn(answering()) as worker, served(ours, tmp_path).running(*servers_of([worker])) as region:
        for shown in (None, theirs.issue("gateway.example")):
            exchange = Exchange(ours.client(shown))
            for _ in range(20):
                evidence = await exchange.submit(f"{region.url}/solve", {}, b"x" * size, 10)
                assert isinstance(evidence, Answer), evidence
                assert outcome_of(evidence) is Outcome.UNSENT
            await exchange.close()
        assert not worker.seen


async def test_plain_http_is_answered_with_a_problem(tmp_path: Path, ours: Authority) -> None:
    async with served(ours, tmp_path).running() as region:
        region.url = region.url.replace("https:", "http:")
        reply = await region.post()
        assert reply.told == (400, "BAD_REQUEST", "no")
        assert "https" in reply.json["detail"]


async def test_tls_below_1_2_is_not_spoken(tmp_path: Path, ours: Authority) -> None:
    async with served(ours, tmp_path).running() as region:
        client = ours.client()
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_1
        client.set_ciphers("ALL:@SECLEVEL=0")
        region.client = client
        with pytest.raises(aiohttp.ClientSSLError):
            await region.get("/region")


def to_workers(ours: Authority, shown: Pair | None = None) -> dict[str, object]:
    """What a region file says of its workers."""
    certificate = {"certificate": shown.certificate, "key": shown.key} if shown else {}
    return {"ca": ours.ca, "name": NAME, **certificate}


def demanding(context: ssl.SSLContext) -> ssl.SSLContext:
    """A worker of others' that ends the handshake, in whatever version, without a certificate."""
    context.verify_mode, context.maximum_version = ssl.CERT_REQUIRED, ssl.TLSVersion.MAXIMUM_SUPPORTED
    return context


FAILING: dict[str, Callable[[Authority, Authority], ssl.SSLContext | None]] = {
    "of another CA": lambda ours, theirs: theirs.server(theirs.issue(NAME)),
    "of another name": lambda ours, theirs: ours.server(ours.issue("other.example")),
    "of its address only": lambda ours, theirs: ours.server(ours.issue("127.0.0.1")),
    "expired": lambda ours, theirs: ours.server(ours.issue(NAME, expired=True)),
    "plain HTTP": lambda ours, theirs: None,
    "refuses nginx's": lambda ours, theirs: ours.server(ours.issue(NAME), theirs.ca),
    "refuses nginx's, as others' do": lambda ours, theirs: demanding(ours.server(ours.issue(NAME), theirs.ca)),
}


@pytest.mark.parametrize(
    ("failing", "shows"),
    # A worker of ours takes a connection without a certificate, and answers itself.
    [(failing, shows) for failing in FAILING for shows in (True, False) if shows or failing != "refuses nginx's"],
)
async def test_a_worker_whose_tls_fails_was_sent_nothing_and_the_task_moves_on(
    tmp_path: Path, ours: Authority, theirs: Authority, failing: str, shows: bool
) -> None:
    region = RegionNginx(tmp_path, workers=to_workers(ours, ours.issue("nginx.example") if shows else None))
    async with StandIn(answering(), tls=FAILING[failing](ours, theirs)) as bad, region.running(*servers_of([bad])):
        assert (await region.post()).told == (502, "REGION_UNREACHABLE", "no")
        assert (await region.get("/tasks/7")).told == (502, "REGION_UNREACHABLE", "yes")
        line = (await region.logged(1))[0]
        assert (line["upstream"], line["upstream_sent"]) == (bad.address, "0")
        async with StandIn(answering(), tls=ours.server(ours.issue(NAME))) as good:
            await region.change(*servers_of([bad, good]))
            assert [(await region.post()).status for _ in range(4)] == [200] * 4
        assert not bad.seen


async def test_a_worker_learns_who_asks_and_is_known_by_its_name(tmp_path: Path, ours: Authority) -> None:
    region = RegionNginx(tmp_path, workers=to_workers(ours, ours.issue("nginx.example")))
    tls = demanding(ours.server(ours.issue(NAME), ours.ca))
    refusing = answering(503, {"Task-Submitted": "no"})
    async with AsyncExitStack() as stack:
        full, free = [await stack.enter_async_context(StandIn(conduct, tls=tls)) for conduct in (refusing, answering())]
        await stack.enter_async_context(region.running(*servers_of([full, free])))
        assert [(await region.post()).status for _ in range(4)] == [200] * 4
        assert full.seen
        assert len(free.seen) == 4


async def test_a_file_that_turns_bad_stops_a_change_and_not_nginx(tmp_path: Path, ours: Authority) -> None:
    async with StandIn(answering()) as worker, served(ours, tmp_path).running(*servers_of([worker])) as region:
        region.client = ours.client(ours.issue("gateway.example"))
        assert region.region.tls is not None
        region.region.tls.key.write_text("no key")
        text = region.nginx.config.read_text() + "# a change\n"
        outcome = await stage.swap(region.nginx.config, text, region.nginx.check)
        assert isinstance(outcome, stage.Refused)
        assert str(region.region.tls.key) in outcome.reason
        assert await region.nginx.reload() is not None
        assert (await region.post()).status == 200


async def test_certificates_are_changed_by_a_hangup(tmp_path: Path, ours: Authority, theirs: Authority) -> None:
    async with served(ours, tmp_path).running() as region:
        assert region.region.tls is not None
        region.client = theirs.client()
        with pytest.raises(aiohttp.ClientSSLError):
            await region.get("/region")
        new = theirs.issue("127.0.0.1")
        before = set(region.workers())
        region.region.tls.key.write_bytes(new.key.read_bytes())
        region.region.tls.certificate.write_bytes(new.certificate.read_bytes())
        os.kill(region.master(), signal.SIGHUP)
        await until(lambda: region.workers() and not before & set(region.workers()), "new processes")
        assert (await region.get("/region")).status == 200
