"""Following one question through time: asked, told, asked again, for as long as anybody wants to know."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TypeVar

from discovery.consul import Consul, ConsulError
from discovery.query import Query
from discovery.watch import Failed, Reply, State, step

Said = TypeVar("Said")

Tell = Callable[[Query[Said], Reply[Said] | Failed, bool, float], None]
"""Told of each answer: the question, what came, whether it is news, and when (seconds of the clock)."""


async def follow(
    query: Query[Said],
    agents: Sequence[Consul],
    tell: Tell[Said],
    *,
    clock: Callable[[], float],
    jitter: Callable[[], float],
    turns: asyncio.Semaphore | None = None,
) -> None:
    """Until cancelled. After a failure another agent is asked, if there is one.

    With `turns` it waits for one and asks now and then, as what Consul can't hold at all.
    """
    state: State[Said] = State()
    turn = 0
    while True:
        async with turns or nullcontext():
            event = await _ask(agents[turn % len(agents)], query, state.index)
        if turns is not None and isinstance(event, Reply):
            event = replace(event, index=None)
        now = clock()
        decided = step(state, event, now, jitter(), query.same)
        turn += isinstance(event, Failed)
        tell(query, event, decided.news, now)
        state = decided.state
        await asyncio.sleep(decided.pause)


async def _ask(agent: Consul, query: Query[Said], index: int | None) -> Reply[Said] | Failed:
    try:
        return await agent.ask(query, index)
    except ConsulError as error:
        return Failed(str(error))
