"""What a client says in header fields, and what a worker hears of it: a real gateway, a real nginx, a worker that records."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.integration.consul_lab import eventually, federation
from tests.integration.nginx_lab import Seen, StandIn, answering
from tests.integration.renderer_lab import Program, consul, join
from tests.system.edge_lab import Edge, running
from tests.system.wire import Heard, request

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

OF_A_WORKER = {
    "Task-Submitted": "yes",
    "Content-Type": "application/json",
    "Nearway-Region": "forged",
    "Nearway-Task": "forged",
    "Server-Timing": "forged",
    "X-Of-The-Worker": "forged",
    "Set-Cookie": "a=forged",
    "Keep-Alive": "timeout=forged",
    "Upgrade": "forged",
    "Trailer": "forged",
    "Proxy-Authenticate": "forged",
    "Via": "forged",
}
OF_A_CLIENT = {
    "Nearway-Task": "forged",
    "Nearway-Anything": "forged",
    "Task-Submitted": "yes",
    "Prefer": "wait=77",
    "X-Real-IP": "192.0.2.66",
    "X-Forwarded-Proto": "forged",
    "X-Forwarded-Host": "forged",
    "X-Forwarded-Port": "66",
    "Forwarded": "for=192.0.2.66",
    "X-Request-ID": "forged; and more",
    "Connection": "keep-alive, X-Drop, Nearway-Deadline",
    "X-Drop": "forged",
    "Keep-Alive": "forged",
    "Proxy-Connection": "forged",
    "Proxy-Authorization": "forged",
    "TE": "trailers, forged",
    "Trailer": "forged",
    "Upgrade": "websocket, forged",
    "Authorization": "forged",
    "Cookie": "a=forged",
    "User-Agent": "forged",
    "Accept-Encoding": "forged",
    "traceparent": "forged",
}


@dataclass
class Way:
    """From clients through two gateways, one that trusts its peers and one that does not, to a worker."""

    worker: StandIn
    trusting: Edge
    wary: Edge

    async def sent(self, gateway: Edge, *forwarded: str) -> tuple[Heard, Seen]:
        """What a client got, and what the worker saw of it."""
        fields = [f"{name}: {value}" for name, value in OF_A_CLIENT.items()]
        fields += [f"X-Forwarded-For: {one}" for one in forwarded]
        said = request("POST /solve HTTP/1.1", *fields, "Content-Length: 2", body=b"{}", host="Host: forged")

        def ask() -> Heard:
            with gateway.wire() as wire:
                heard = wire.say(said).hear()
                assert heard is not None
                return heard

        heard = await asyncio.to_thread(ask)
        return heard, self.worker.seen[-1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def way(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Way]:
    folder: Path = tmp_path_factory.mktemp("way")
    policy = folder / "gateway.toml"
    policy.write_text('trusted_proxies = ["127.0.0.0/8"]\n')
    async with AsyncExitStack() as stack:
        agents = await stack.enter_async_context(federation("us-east"))
        address = agents["us-east"].address
        worker = await stack.enter_async_context(StandIn(answering(200, OF_A_WORKER, b'{"solution": "s"}')))
        await join(await stack.enter_async_context(consul(agents["us-east"])), worker)
        renderer = Program(folder, address)
        await renderer.start()
        stack.push_async_callback(renderer.stop)
        trusting = stack.enter_context(running(folder, "gateway", CONSUL_HTTP_ADDR=address, GATEWAY_CONFIG=str(policy)))
        wary = stack.enter_context(running(folder, "gateway", CONSUL_HTTP_ADDR=address))
        made = Way(worker, trusting, wary)

        async def known() -> bool:
            def ask(gateway: Edge) -> bool:
                with gateway.wire() as wire:
                    heard = wire.say(request("POST /solve HTTP/1.1", "Content-Length: 2", body=b"{}")).hear()
                    return heard is not None and heard.status == 200

            return all([await asyncio.to_thread(ask, gateway) for gateway in (trusting, wary)])

        await eventually(known, "both gateways to know the region")
        yield made


async def test_a_worker_hears_of_a_client_what_the_gateway_and_nginx_say_and_nothing_else(way: Way) -> None:
    _, seen = await way.sent(way.wary)
    assert "forged" not in json.dumps(dict(seen.headers))
    told = dict(seen.headers)
    task = told.pop("nearway-task")
    assert told.pop("x-request-id") == task
    assert 290 < float(told.pop("nearway-deadline")) <= 300
    assert told.pop("host") == "127.0.0.1"
    assert told.pop("user-agent").startswith("nearway-gateway")
    assert told.pop("traceparent").startswith(f"00-{task}-")
    assert told == {
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
        "content-length": "2",
        "content-type": "application/json",
        "prefer": "respond-async, wait=0",
        "x-forwarded-for": "127.0.0.1, 127.0.0.1",
        "x-forwarded-proto": "http",
        "x-real-ip": "127.0.0.1",
    }


async def test_a_client_hears_of_a_worker_what_the_gateway_says_and_nothing_else(way: Way) -> None:
    heard, seen = await way.sent(way.wary)
    told = dict(heard.headers)
    task = told.pop("nearway-task")
    assert task == seen.headers["nearway-task"] == told.pop("x-request-id")
    assert told.pop("traceresponse").startswith(f"00-{task}-")
    assert told.pop("server-timing").startswith("queue;dur=")
    assert told == {
        "connection": "close",
        "content-length": "17",
        "content-type": "application/json",
        "nearway-region": "us-east",
        "task-submitted": "yes",
    }


FORWARDED = {
    "nothing": ((), "127.0.0.1"),
    "the client": (("203.0.113.7",), "203.0.113.7"),
    "what the client said itself": (("192.0.2.66, 203.0.113.7",), "203.0.113.7"),
    "two fields": (("192.0.2.66", "203.0.113.7"), "203.0.113.7"),
    "another proxy of ours": (("192.0.2.66, 203.0.113.7, 127.0.0.9",), "203.0.113.7"),
    "what nobody can read": (("203.0.113.7, forged",), "127.0.0.1"),
    "an address and a port": (("203.0.113.7:66",), "127.0.0.1"),
    "IPv4 in IPv6": (("::ffff:203.0.113.7",), "203.0.113.7"),
}


@pytest.mark.parametrize(("forwarded", "client"), FORWARDED.values(), ids=FORWARDED)
async def test_forwarded_addresses_count_from_trusted_proxies_only(way: Way, forwarded: tuple[str, ...], client: str) -> None:
    assert (await way.sent(way.trusting, *forwarded))[1].headers["x-forwarded-for"] == f"{client}, 127.0.0.1"
    assert (await way.sent(way.wary, *forwarded))[1].headers["x-forwarded-for"] == "127.0.0.1, 127.0.0.1"
