"""What to do next, decided from what is known. Pure: the clock's reading comes in, the next moment to look comes out."""

from dataclasses import dataclass, replace

from renderer.caution import Caution
from renderer.gathering import Gathered, due, gather, spaced
from renderer.stage import Outcome, Refused
from renderer.upstreams import Server

PATIENCE = 2.0
"""Seconds Consul has for its first answer, before nginx is started with the last good configuration of an earlier run."""

RETRY = 5.0
"""Seconds before what failed is tried again: a full disk may have room by then, a template be mended."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Consul has not answered yet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The configuration as it should be, and the servers in it."""

    text: str
    servers: tuple[Server, ...] = ()


@dataclass(frozen=True, slots=True)
class Unrendered:
    """The template could not be rendered; nothing is wanted but what there is."""

    reason: str


Event = NoAnswer | Wanted | Unrendered


@dataclass(frozen=True, slots=True)
class State:
    """What the loop remembers.

    `served` is the text nginx was last given, with its `servers`; `refused` one that could not be put in place; `tried_at`
    when nginx was last given anything; `gathered` what waits to be.
    """

    began: float
    served: str | None = None
    servers: tuple[Server, ...] = ()
    refused: str | None = None
    retry_at: float | None = None
    tried_at: float | None = None
    gathered: Gathered | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """Leave all as it is."""


@dataclass(frozen=True, slots=True)
class UseLastGood:
    """Start nginx with what an earlier run left, if nginx takes it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Put this configuration in place and have nginx read it."""

    wanted: Wanted


Action = Nothing | UseLastGood | Change


@dataclass(frozen=True, slots=True)
class Step:
    """What to do now, when to decide again even if nothing happens (the same clock; None: not before something does).

    `state` is to be remembered.
    """

    state: State
    action: Action
    again_at: float | None = None


def decide(state: State, event: Event, now: float, caution: Caution, old: int = 0) -> Step:
    """The next step. `old` is how many of nginx's processes are of before a reload."""
    if isinstance(event, Wanted):
        return _towards(state, event, now, spaced(caution, old))
    state = replace(state, gathered=None)
    if state.served is not None:
        return Step(state, Nothing(), _once_more(event, now))
    if isinstance(event, NoAnswer) and now < state.began + PATIENCE:
        return Step(state, Nothing(), state.began + PATIENCE)
    return Step(state, UseLastGood(), _once_more(event, now))


def _once_more(event: Event, now: float) -> float | None:
    """A template may be mended while we run; Consul's first answer wakes us by itself."""
    return now + RETRY if isinstance(event, Unrendered) else None


def _towards(state: State, wanted: Wanted, now: float, caution: Caution) -> Step:
    if wanted.text == state.served:
        return Step(replace(state, gathered=None), Nothing())
    state = replace(state, gathered=gather(state.gathered, wanted.text, now))
    at = _due(state, wanted, now, caution)
    return Step(state, Nothing(), at) if now < at else Step(state, Change(wanted))


def _due(state: State, wanted: Wanted, now: float, caution: Caution) -> float:
    retry_at = state.retry_at if wanted.text == state.refused and state.retry_at is not None else now
    if state.served is None or state.gathered is None:
        return retry_at
    removes = _removes(state.servers, wanted.servers)
    return max(retry_at, due(state.gathered, caution, removes=removes, tried_at=state.tried_at))


def _removes(served: tuple[Server, ...], wanted: tuple[Server, ...]) -> bool:
    return not {server.address for server in served} <= {server.address for server in wanted}


def after(state: State, wanted: Wanted, outcome: Outcome, now: float) -> State:
    """The state after a change was tried."""
    state = replace(state, tried_at=now, gathered=None)
    if isinstance(outcome, Refused):
        return replace(state, refused=wanted.text, retry_at=now + RETRY)
    return replace(state, served=wanted.text, servers=wanted.servers, refused=None, retry_at=None)
