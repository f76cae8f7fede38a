"""What to do next about one file and the program that reads it, decided from what is known.

Pure: the clock's reading comes in, the next moment to look comes out.
"""

from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from renderer.caution import Pace
from renderer.gathering import Gathered, due, gather
from renderer.stage import Outcome, Refused

PATIENCE = 2.0
"""Seconds Consul has for its first answer, before the program is started with the last good file of an earlier run."""

RETRY = 5.0
"""Seconds before what failed is tried again: a full disk may have room by then, a template be mended."""


class Addressed(Protocol):
    """What a text names, that can leave."""

    @property
    def address(self) -> str: ...


S = TypeVar("S", bound=Addressed)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Consul has not answered yet."""


@dataclass(frozen=True, slots=True)
class Wanted(Generic[S]):
    """The text as it should be, and the servers in it: with one fewer it goes out at once."""

    text: str
    servers: tuple[S, ...] = ()


@dataclass(frozen=True, slots=True)
class Unrendered:
    """The template could not be rendered; nothing is wanted but what there is."""

    reason: str


Event = NoAnswer | Wanted[S] | Unrendered


@dataclass(frozen=True, slots=True)
class State(Generic[S]):
    """What the loop remembers.

    `served` is the text that was last put in place, with its `servers`; `refused` one that could not be; `tried_at` when
    anything was last tried; `gathered` what waits to be.
    """

    began: float
    served: str | None = None
    servers: tuple[S, ...] = ()
    refused: str | None = None
    retry_at: float | None = None
    tried_at: float | None = None
    gathered: Gathered | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """Leave all as it is."""


@dataclass(frozen=True, slots=True)
class UseLastGood:
    """Start the program with what an earlier run left, if it takes it."""


@dataclass(frozen=True, slots=True)
class Change(Generic[S]):
    """Put this text in place and have the program read it."""

    wanted: Wanted[S]


Action = Nothing | UseLastGood | Change[S]


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """What to do now, when to decide again even if nothing happens (the same clock; None: not before something does).

    `state` is to be remembered.
    """

    state: State[S]
    action: Action[S]
    again_at: float | None = None


def decide(state: State[S], event: Event[S], now: float, pace: Pace) -> Step[S]:
    """The next step."""
    if isinstance(event, Wanted):
        return _towards(state, event, now, pace)
    state = replace(state, gathered=None)
    if state.served is not None:
        return Step(state, Nothing(), _once_more(event, now))
    if isinstance(event, NoAnswer) and now < state.began + PATIENCE:
        return Step(state, Nothing(), state.began + PATIENCE)
    return Step(state, UseLastGood(), _once_more(event, now))


def _once_more(event: Event[Any], now: float) -> float | None:
    """A template may be mended while we run; Consul's first answer wakes us by itself."""
    return now + RETRY if isinstance(event, Unrendered) else None


def _towards(state: State[S], wanted: Wanted[S], now: float, pace: Pace) -> Step[S]:
    if wanted.text == state.served:
        return Step(replace(state, gathered=None), Nothing())
    state = replace(state, gathered=gather(state.gathered, wanted.text, now))
    at = _due(state, wanted, now, pace)
    return Step(state, Nothing(), at) if now < at else Step(state, Change(wanted))


def _due(state: State[S], wanted: Wanted[S], now: float, pace: Pace) -> float:
    retry_at = state.retry_at if wanted.text == state.refused and state.retry_at is not None else now
    if state.served is None or state.gathered is None:
        return retry_at
    removes = _removes(state.servers, wanted.servers)
    return max(retry_at, due(state.gathered, pace, removes=removes, tried_at=state.tried_at))


def _removes(served: tuple[S, ...], wanted: tuple[S, ...]) -> bool:
    return not {server.address for server in served} <= {server.address for server in wanted}


def after(state: State[S], wanted: Wanted[S], outcome: Outcome, now: float) -> State[S]:
    """The state after a change was tried."""
    state = replace(state, tried_at=now, gathered=None)
    if isinstance(outcome, Refused):
        return replace(state, refused=wanted.text, retry_at=now + RETRY)
    return replace(state, served=wanted.text, servers=wanted.servers, refused=None, retry_at=None)
