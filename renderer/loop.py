"""What to do next, decided from what is known. Pure: the clock's reading comes in, the next moment to look comes out.

Here gathering changes, holding back mass removals and spacing reloads will find their place.
"""

from dataclasses import dataclass, replace

from renderer.stage import Outcome, Refused

PATIENCE = 2.0
"""Seconds Consul has for its first answer, before nginx is started with the last good configuration of an earlier run."""

RETRY = 5.0
"""Seconds before what failed is tried again: a full disk may have room by then, a template be mended."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Consul has not answered yet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The configuration as it should be."""

    text: str


@dataclass(frozen=True, slots=True)
class Unrendered:
    """The template could not be rendered; nothing is wanted but what there is."""

    reason: str


Event = NoAnswer | Wanted | Unrendered


@dataclass(frozen=True, slots=True)
class State:
    """What the loop remembers. `served` is the text nginx was last given; `refused` one that could not be put in place."""

    began: float
    served: str | None = None
    refused: str | None = None
    retry_at: float | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """Leave all as it is."""


@dataclass(frozen=True, slots=True)
class UseLastGood:
    """Start nginx with what an earlier run left, if nginx takes it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Put this text in place and have nginx read it."""

    text: str


Action = Nothing | UseLastGood | Change


@dataclass(frozen=True, slots=True)
class Step:
    """What to do now, and when to decide again even if nothing happens (the same clock; None: not before something does)."""

    action: Action
    again_at: float | None = None


def decide(state: State, event: Event, now: float) -> Step:
    """The next step."""
    if isinstance(event, Wanted):
        return _towards(state, event.text, now)
    if state.served is not None:
        return Step(Nothing(), _once_more(event, now))
    if isinstance(event, NoAnswer) and now < state.began + PATIENCE:
        return Step(Nothing(), state.began + PATIENCE)
    return Step(UseLastGood(), _once_more(event, now))


def _once_more(event: Event, now: float) -> float | None:
    """A template may be mended while we run; Consul's first answer wakes us by itself."""
    return now + RETRY if isinstance(event, Unrendered) else None


def _towards(state: State, text: str, now: float) -> Step:
    if text == state.served:
        return Step(Nothing())
    if text == state.refused and state.retry_at is not None and now < state.retry_at:
        return Step(Nothing(), state.retry_at)
    return Step(Change(text))


def after(state: State, text: str, outcome: Outcome, now: float) -> State:
    """The state after a change was tried."""
    if isinstance(outcome, Refused):
        return replace(state, refused=text, retry_at=now + RETRY)
    return replace(state, served=text, refused=None, retry_at=None)
