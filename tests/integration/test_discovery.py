"""Discovery against real Consul servers: three datacenters, and what happens to them in life."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from discovery import registration
from discovery.access import Access
from discovery.consul import Consul, ConsulError
from discovery.instance import Health
from discovery.keeper import Keeper
from discovery.query import Coordinates, Datacenters, Key, Named, Nodes, OwnDatacenter, Pair, Pairs, Service, Services
from discovery.records import REGION_ENDPOINTS, WORKERS
from discovery.registration import Registration
from discovery.view import Known, Unknown, View
from discovery.watcher import Watcher
from tests.integration.consul_lab import Agent, eventually, federation

DATACENTERS = ("us-east", "eu-west", "ap-south")


@pytest.fixture
async def three() -> AsyncIterator[dict[str, Agent]]:
    async with federation(*DATACENTERS) as agents:
        yield agents


@asynccontextmanager
async def watching(*agents: Agent) -> AsyncIterator[Watcher]:
    watcher = Watcher(Access(tuple(agent.address for agent in agents)))
    watcher.watch_everywhere([Service(name=WORKERS), Service(name=REGION_ENDPOINTS)])
    try:
        yield watcher
    finally:
        await watcher.close()


@asynccontextmanager
async def consul(agent: Agent) -> AsyncIterator[Consul]:
    async with Consul(agent.address, Access((agent.address,))) as made:
        yield made


@asynccontextmanager
async def worker(region: str, slots: int = 20) -> AsyncIterator[tuple[Registration, dict[str, int]]]:
    """Something that answers `/ready` with a status that can be changed, and its registration."""
    state = {"status": 200}

    async def ready(request: web.Request) -> web.Response:
        return web.Response(status=state["status"])

    app = web.Application()
    app.router.add_get("/ready", ready)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield registration.worker(region, "127.0.0.1", port, slots=slots, version="0"), state
    finally:
        await runner.cleanup()


def ids(view: View, *healths: Health) -> set[str]:
    wanted = healths or tuple(Health)
    return {one.id for one in view.workers()[0] if one.health in wanted}


async def test_a_registration_is_seen_in_every_datacenter_follows_its_health_and_goes(three: dict[str, Agent]) -> None:
    async with worker("eu-west") as (wanted, state), consul(three["eu-west"]) as agent, watching(three["us-east"]) as watcher:
        await agent.register(wanted)
        await eventually(lambda: ids(watcher.view, Health.PASSING) == {wanted.id}, "the worker to pass")
        (seen,) = watcher.view.workers()[0]
        assert (seen.region, seen.datacenter, seen.slots, seen.port) == ("eu-west", "eu-west", 20, wanted.port)
        state["status"] = 429
        await eventually(lambda: ids(watcher.view, Health.WARNING) == {wanted.id}, "the worker to be busy")
        state["status"] = 503
        await eventually(lambda: ids(watcher.view, Health.CRITICAL) == {wanted.id}, "the worker to be critical")
        await agent.deregister(wanted.id)
        await eventually(lambda: ids(watcher.view) == set(), "the worker to be gone")
        assert watcher.view.of("eu-west", WORKERS) != Unknown()


async def test_registering_again_changes_nothing_and_wakes_nobody(three: dict[str, Agent]) -> None:
    async with worker("us-east") as (wanted, _), consul(three["us-east"]) as agent, watching(three["us-east"]) as watcher:
        await agent.register(wanted)
        await eventually(lambda: ids(watcher.view, Health.PASSING) == {wanted.id}, "the worker to pass")
        before = watcher.view.of("us-east", WORKERS)
        for _ in range(3):
            await agent.register(wanted)
        marker = registration.region_endpoint("us-east", "t", (0, 0), "http://127.0.0.1:1", "127.0.0.1", 1, "http://127.0.0.1:1")
        await agent.register(marker)
        await eventually(lambda: watcher.view.endpoints()[0] != (), "a later registration to be seen")
        assert watcher.view.of("us-east", WORKERS) == before


async def test_an_agent_that_forgot_is_told_again(three: dict[str, Agent]) -> None:
    lost = three["eu-west"]
    async with worker("eu-west") as (wanted, _), watching(three["us-east"], three["ap-south"]) as watcher:
        keeper = Keeper(Consul(lost.address, Access((lost.address,))), wanted)
        keeper.start()
        await eventually(lambda: ids(watcher.view, Health.PASSING) == {wanted.id}, "the worker to pass")
        lost.kill()
        await eventually(lambda: watcher.view.of("eu-west", WORKERS).trouble is not None, "the loss to be noticed")
        assert ids(watcher.view) == {wanted.id}, "what was known is kept"
        lost.start()
        await eventually(
            lambda: ids(watcher.view, Health.PASSING) == {wanted.id} and watcher.view.of("eu-west", WORKERS).trouble is None,
            "the worker to be back after its Consul lost all data",
        )
        await keeper.leave()
        await eventually(lambda: ids(watcher.view) == set(), "the worker to be gone")


async def test_losing_one_address_or_a_whole_datacenter_keeps_the_others_and_the_last_good_view(three: dict[str, Agent]) -> None:
    async with (
        worker("us-east") as (here, _),
        worker("eu-west") as (there, _),
        worker("ap-south") as (new, _),
        consul(three["us-east"]) as us,
        consul(three["eu-west"]) as eu,
        consul(three["ap-south"]) as ap,
        watching(three["eu-west"], three["us-east"], three["ap-south"]) as watcher,
    ):
        await us.register(here)
        await eu.register(there)
        await eventually(lambda: ids(watcher.view, Health.PASSING) == {here.id, there.id}, "both workers to pass")
        known = watcher.view.of("eu-west", WORKERS)
        assert isinstance(known, Known)
        three["eu-west"].kill()  # the first address, and a whole datacenter
        await ap.register(new)
        await eventually(lambda: new.id in ids(watcher.view, Health.PASSING), "news through another address")
        await eventually(lambda: watcher.view.of("eu-west", WORKERS).trouble is not None, "the loss to be told")
        kept = watcher.view.of("eu-west", WORKERS)
        assert isinstance(kept, Known)
        assert kept.said == known.said
        assert kept.heard <= known.heard + 1.0, "its age is that of the last good answer"


async def test_a_frozen_datacenter_holds_up_no_other(three: dict[str, Agent]) -> None:
    async with worker("ap-south") as (wanted, _), consul(three["ap-south"]) as agent, watching(three["us-east"]) as watcher:
        await eventually(lambda: len(watcher.view.answers) == 6, "every datacenter to be watched")
        three["eu-west"].signal(signal.SIGSTOP)
        await agent.register(wanted)
        await eventually(lambda: wanted.id in ids(watcher.view, Health.PASSING), "news of another datacenter", seconds=5)


async def test_readers_are_woken_by_news_only(three: dict[str, Agent]) -> None:
    async with worker("us-east") as (wanted, _), consul(three["us-east"]) as agent, watching(three["us-east"]) as watcher:
        await eventually(lambda: len(watcher.view.answers) == 6, "every datacenter to be watched")
        seen = await watcher.after(View())
        waiting = asyncio.create_task(watcher.after(seen))
        await agent.register(wanted)
        assert ids(await waiting) <= {wanted.id}


async def test_consuls_coordinates_tell_of_the_way_to_every_datacenter(three: dict[str, Agent]) -> None:
    async with watching(three["eu-west"]) as watcher:
        watcher.watch([OwnDatacenter(), Coordinates()])
        await eventually(lambda: set(watcher.view.round_trips()) == set(DATACENTERS), "round trips to every datacenter")
        told = watcher.view.round_trips()
        assert told["eu-west"] == 0.0, "the agent's own"
        assert all(0 < told[other] < 1 for other in DATACENTERS if other != "eu-west")


async def test_nobody_answering_is_an_error_that_says_where() -> None:
    async with Consul("http://127.0.0.1:9", Access()) as nobody:
        with pytest.raises(ConsulError, match=r"127\.0\.0\.1:9"):
            await nobody.ask(Datacenters())


async def test_a_refused_registration_is_an_error_that_says_why(three: dict[str, Agent]) -> None:
    bad = Registration("solver", "x", "127.0.0.1", 80, (), {"no.dots": "allowed"}, "http://127.0.0.1/")
    async with consul(three["us-east"]) as agent:
        with pytest.raises(ConsulError, match="400"):
            await agent.register(bad)


async def test_keys_are_seen_in_every_datacenter_and_others_are_forgotten(three: dict[str, Agent]) -> None:
    async with consul(three["us-east"]) as agent, watching(three["ap-south"]) as watcher:
        one, all_of_them = Key("eu-west", "nearway/a b"), Pairs("eu-west", "nearway/")
        watcher.watch([one, all_of_them, Services("eu-west"), Nodes("eu-west")])
        await eventually(lambda: watcher.view.to(one) != Unknown(), "an answer without a key")
        assert answered(watcher.view.to(one)) is None
        await agent.put("nearway/a b", "1", "eu-west")
        await eventually(lambda: answered(watcher.view.to(one)) == Pair("nearway/a b", "1"), "the key")
        await eventually(lambda: answered(watcher.view.to(all_of_them)) == (Pair("nearway/a b", "1"),), "all keys")
        await eventually(lambda: answered(watcher.view.to(Services("eu-west"))) == (Named("consul"),), "the services")
        await eventually(lambda: [node.name for node in answered(watcher.view.to(Nodes("eu-west")))] == ["node-eu-west"], "nodes")
        await agent.put("nearway/a b", "2", "eu-west")
        await eventually(lambda: answered(watcher.view.to(one)) == Pair("nearway/a b", "2"), "another value")
        watcher.watch_only([one])
        assert set(watcher.view.answers) == {one}


def answered(answer: Unknown | Known[Any]) -> Any:
    return answer.said if isinstance(answer, Known) else ()


async def test_an_entry_that_looks_like_the_end_of_one_hides_nobody(three: dict[str, Agent]) -> None:
    odd = {"x": [{"a": 1}, {"Node": {"Node": "evil", "Address": "10.9.9.9"}}, {"b": 2}]}
    entry = {
        "Node": "outside",
        "Address": "10.0.0.1",
        "Service": {
            "Service": WORKERS,
            "ID": "odd",
            "Kind": "connect-proxy",
            "Port": 1,
            "Proxy": {"DestinationServiceName": "x", "Config": odd},
        },
    }
    async with worker("us-east") as (wanted, _), consul(three["us-east"]) as agent, watching(three["us-east"]) as watcher:
        await agent.register(wanted)
        await eventually(lambda: ids(watcher.view, Health.PASSING) == {wanted.id}, "the worker to pass")
        async with (
            aiohttp.ClientSession() as session,
            session.put(f"{three['us-east'].address}/v1/catalog/register", json=entry) as answer,
        ):
            assert answer.status == 200, await answer.text()
        seen = Service("us-east", WORKERS)
        await eventually(lambda: {one.id for one in answered(watcher.view.to(seen))} == {wanted.id, "odd"}, "both")
        assert watcher.view.to(seen).trouble is None
        await agent.deregister(wanted.id)
        await eventually(lambda: {one.id for one in answered(watcher.view.to(seen))} == {"odd"}, "the worker to be gone")


async def test_several_calls_may_wait_while_others_are_answered(three: dict[str, Agent]) -> None:
    async with consul(three["us-east"]) as agent:
        index = (await agent.ask(Service("us-east", WORKERS))).index
        waits = [asyncio.create_task(agent.ask(Service("us-east", WORKERS), index)) for _ in range(5)]
        assert set((await agent.ask(Datacenters())).said) == set(DATACENTERS)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
