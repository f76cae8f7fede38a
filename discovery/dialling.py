"""Asking every datacenter what it knows, and writing a dial into each.

All addresses of Consul are called at once, and the first answer counts: a value that is written twice is still one value, and
who drains a region can't wait for one address after the other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from discovery.consul import Consul, ConsulError
from discovery.dialable import QUESTIONS
from discovery.dials import Dial, key_of, value_of
from discovery.query import Datacenters, Query
from discovery.view import View

Said = TypeVar("Said")

TELLS = 2.0
"""Seconds in which a datacenter must tell what it knows: one that hangs is not to hold up the others' dials for longer."""


async def ask_all(agents: Sequence[Consul], questions: Sequence[Query[Any]] = QUESTIONS) -> View:
    """What every datacenter says, or why it says nothing. ConsulError when there is no way to any."""
    datacenters = await first(agents, lambda agent: _ask(agent, Datacenters()))
    queries = [question.at(datacenter) for datacenter in datacenters for question in questions]
    view = View()
    for query, answer in zip(queries, await asyncio.gather(*(_said(agents, query) for query in queries)), strict=True):
        view = view.failed(query, str(answer)) if isinstance(answer, ConsulError) else view.answered(query, answer, 0.0)
    return view


async def write_all(agents: Sequence[Consul], datacenters: Sequence[str], region: str, dial: Dial) -> Mapping[str, str | None]:
    """Set a region's dial in each datacenter: None where that is done, else the reason why not."""
    done = await asyncio.gather(*(_written(agents, datacenter, region, dial) for datacenter in datacenters))
    return dict(zip(datacenters, done, strict=True))


async def first(agents: Sequence[Consul], call: Callable[[Consul], Awaitable[Said]]) -> Said:
    """The first good answer of several agents, all called at once. ConsulError, with every reason, when there is none."""
    calls = [asyncio.ensure_future(call(agent)) for agent in agents]
    reasons = []
    try:
        for done in asyncio.as_completed(calls):
            try:
                return await done
            except ConsulError as error:
                reasons.append(str(error))
    finally:
        for one in calls:
            one.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    raise ConsulError("; ".join(reasons))


async def _ask(agent: Consul, query: Query[Said]) -> Said:
    return (await agent.ask(query)).said


async def _said(agents: Sequence[Consul], query: Query[Any]) -> Any:
    try:
        async with asyncio.timeout(TELLS):
            return await first(agents, lambda agent: _ask(agent, query))
    except TimeoutError:
        return ConsulError(f"no answer in {TELLS:g} s")
    except ConsulError as error:
        return error


async def _written(agents: Sequence[Consul], datacenter: str, region: str, dial: Dial) -> str | None:
    try:
        await first(agents, lambda agent: agent.put(key_of(region), value_of(dial), datacenter))
    except ConsulError as error:
        return str(error)
    return None
