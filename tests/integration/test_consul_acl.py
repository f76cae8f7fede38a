"""The policies of deploy/consul against a real Consul that denies by default, in the primary datacenter and in another."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from discovery import registration
from discovery.access import Access
from discovery.consul import Consul, ConsulError
from discovery.dials import DIALS, Dial, key_of, value_of
from discovery.query import OwnDatacenter, Query, Service
from discovery.records import GATEWAYS, REGION_ENDPOINTS, WORKERS
from discovery.rights import AGENT, NODES, POLICIES, Right, reads, writes
from tests.integration.acl_lab import MANAGEMENT, Given
from tests.integration.consul_lab import Agent, federation

PRIMARY, OTHER = "us-east", "eu-west"
OURS = {
    WORKERS: registration.worker("us-east", "127.0.0.1", 9, slots=1, version="0"),
    REGION_ENDPOINTS: registration.region_endpoint(
        "us-east", "t", (0, 0), "http://127.0.0.1:9", "127.0.0.1", 9, "http://127.0.0.1:9"
    ),
    GATEWAYS: registration.gateway("127.0.0.1", 9, version="0"),
}
DIAL = Dial(0.5, datetime(2026, 1, 1, tzinfo=UTC), "test")

Deed = Callable[[Consul], Awaitable[object]]


def keep(service: str) -> Deed:
    """What a keeper of a registration does, from first to last."""
    wanted = OURS[service]

    async def done(agent: Consul) -> None:
        await agent.register(wanted)
        held = await agent.registered(wanted.id)
        assert held is not None
        assert registration.held_by(held.record, wanted)
        await agent.deregister(wanted.id)

    return done


def see(query: Query[Any]) -> Deed:
    """Ask, and find something."""

    async def done(agent: Consul) -> None:
        said = (await agent.ask(query)).said
        assert said, f"{query} is there, and neither seen nor missed"

    return done


def dial(datacenter: str) -> Deed:
    async def done(agent: Consul) -> None:
        await agent.put(key_of("us-east"), value_of(DIAL), datacenter)

    return done


KEEP = {service: (f"keep {service}", keep(service)) for service in OURS}
SEE = {
    (name, datacenter): (f"see {name} in {datacenter}", see(Service(datacenter, name)))
    for name in OURS
    for datacenter in (PRIMARY, OTHER)
}
DIALS_IN = {one: (f"see dials in {one}", see(DIALS.at(one))) for one in (PRIMARY, OTHER)}
SET_IN = {one: (f"set dials in {one}", dial(one)) for one in (PRIMARY, OTHER)}
WHERE = ("know its datacenter", see(OwnDatacenter()))

EVERYTHING: dict[str, Deed] = dict([*KEEP.values(), *SEE.values(), *DIALS_IN.values(), *SET_IN.values(), WHERE])


def both(table: dict[Any, tuple[str, Deed]], *services: str) -> set[str]:
    return {name for key, (name, _) in table.items() if not services or key in services or key[0] in services}


MUST = {
    "worker": both(KEEP, WORKERS),
    "renderer": both(KEEP, REGION_ENDPOINTS) | both(SEE, WORKERS),
    "gateway": both(KEEP, GATEWAYS) | both(SEE) | both(DIALS_IN) | {WHERE[0]},
    "dial": both(SEE, REGION_ENDPOINTS, WORKERS) | both(DIALS_IN) | both(SET_IN),
}
"""What each program does with its token."""

BESIDES: dict[str, set[str]] = {
    "worker": set(),
    "renderer": both(SEE, REGION_ENDPOINTS),
    "gateway": set(),
    "dial": set(),
    "reader": both(SEE) | both(DIALS_IN),
}
"""What each policy allows besides: to write is to read, too."""

LOST: dict[tuple[str, Right], set[str]] = {
    ("worker", writes(WORKERS)): both(KEEP, WORKERS),
    ("renderer", writes(REGION_ENDPOINTS)): both(KEEP, REGION_ENDPOINTS),
    ("renderer", reads(WORKERS)): both(SEE, WORKERS),
    ("renderer", NODES): both(SEE, WORKERS),
    ("gateway", writes(GATEWAYS)): both(KEEP, GATEWAYS) | both(SEE, GATEWAYS),
    ("gateway", reads(REGION_ENDPOINTS)): both(SEE, REGION_ENDPOINTS),
    ("gateway", reads(WORKERS)): both(SEE, WORKERS),
    ("gateway", NODES): both(SEE),
    ("gateway", Right("key", "nearway/dials/", "read")): both(DIALS_IN),
    ("gateway", AGENT): {WHERE[0]},
    ("dial", reads(REGION_ENDPOINTS)): both(SEE, REGION_ENDPOINTS),
    ("dial", reads(WORKERS)): both(SEE, WORKERS),
    ("dial", NODES): both(SEE, REGION_ENDPOINTS, WORKERS),
    ("dial", Right("key", "nearway/dials/", "write")): both(DIALS_IN) | both(SET_IN),
}
"""Of what a program must do, what it no longer can without one of its rules."""


@asynccontextmanager
async def denying() -> AsyncIterator[Given]:
    """Two datacenters, in which all that can be seen is there."""
    async with federation(PRIMARY, OTHER, token=MANAGEMENT) as agents, aiohttp.ClientSession() as session:
        for agent in agents.values():
            async with as_(agent, MANAGEMENT) as known:
                for number, wanted in enumerate(OURS.values()):
                    await known.register(
                        registration.Registration(
                            wanted.name, f"{wanted.name}-there", "127.0.0.1", 1 + number, (), wanted.meta, wanted.check_url
                        )
                    )
                await known.put(key_of("eu-west"), value_of(DIAL))
        yield Given(agents, session)


@asynccontextmanager
async def as_(agent: Agent, token: str | None) -> AsyncIterator[Consul]:
    async with Consul(agent.address, Access((agent.address,), token)) as made:
        yield made


async def can(agent: Agent, token: str | None, deeds: Iterable[str]) -> dict[str, str | None]:
    """Why each deed failed; None when it was done."""
    outcomes: dict[str, str | None] = {}
    async with as_(agent, token) as known:
        for name in deeds:
            try:
                await EVERYTHING[name](known)
                outcomes[name] = None
            except ConsulError as error:
                outcomes[name] = str(error)
    return outcomes


@pytest.mark.parametrize("datacenter", [PRIMARY, OTHER])
async def test_each_program_can_do_what_it_must_and_nothing_else(datacenter: str) -> None:
    async with denying() as given:
        for name, rights in POLICIES.items():
            token = await given.token(name, rights)
            outcomes = await can(given.agents[datacenter], token, EVERYTHING)
            done = {deed for deed, trouble in outcomes.items() if trouble is None}
            assert done == MUST.get(name, set()) | BESIDES[name], name
            for deed, trouble in outcomes.items():
                assert trouble is None or "may not" in trouble, (name, deed)


async def test_each_rule_is_needed_and_what_is_missing_is_told() -> None:
    assert {(name, right) for name in MUST for right in POLICIES[name]} == set(LOST)
    async with denying() as given:
        for (name, right), lost in LOST.items():
            token = await given.token(name, [one for one in POLICIES[name] if one != right])
            for datacenter in (PRIMARY, OTHER):
                outcomes = await can(given.agents[datacenter], token, MUST[name])
                assert {deed for deed, trouble in outcomes.items() if trouble} == lost, (name, right, datacenter)
                for trouble in filter(None, outcomes.values()):
                    assert right.access in trouble or "read" in trouble
                    assert f"{right.resource} " in trouble or f"{right.resource}s " in trouble, trouble
                    assert "deploy/consul/" in trouble, trouble


async def test_what_a_token_lacks_can_be_asked_in_every_datacenter() -> None:
    async with denying() as given:
        gateway = POLICIES["gateway"]
        token = await given.token("gateway", gateway)
        dials = Right("key", "nearway/dials/", "read")
        without = await given.token("gateway-without-dials", [one for one in gateway if one != dials])
        for datacenter in (PRIMARY, OTHER):
            for shown, missing in ((token, ()), (without, (dials,)), (MANAGEMENT, ()), (None, gateway)):
                async with as_(given.agents[PRIMARY], shown) as known:
                    assert await known.lacks(gateway, datacenter) == missing


async def test_a_token_that_is_not_known_is_told() -> None:
    async with denying() as given:
        outcomes = await can(given.agents[OTHER], "00000000-0000-0000-0000-00000000000f", EVERYTHING)
        assert all("no such token" in str(trouble) for trouble in outcomes.values()), outcomes


async def test_without_acls_nothing_is_missing_and_nothing_there_is_believed() -> None:
    async with federation(PRIMARY) as agents, as_(agents[PRIMARY], None) as known:
        assert await known.lacks(POLICIES["gateway"]) == ()
        assert (await known.ask(Service(PRIMARY, WORKERS))).said == ()
        assert (await known.ask(DIALS.at(PRIMARY))).said == ()


async def test_nothing_there_is_believed_from_who_may_see_it() -> None:
    async with federation(PRIMARY, OTHER, token=MANAGEMENT) as agents, aiohttp.ClientSession() as session:
        token = await Given(agents, session).token("gateway", POLICIES["gateway"])
        async with as_(agents[PRIMARY], token) as known:
            for datacenter in (PRIMARY, OTHER):
                assert (await known.ask(DIALS.at(datacenter))).said == ()
                assert (await known.ask(Service(datacenter, WORKERS))).said == ()
