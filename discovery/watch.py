"""One blocking query's decisions: what to ask next, when, and whether the answer is news.

Pure. The traps, and where they are met: an index that goes backwards or below 1 (`_next_index`); a return without a
change, and a change without other content (`_is_other`); an error's index, and an old index after Consul lost its data
(every failure forgets the index); errors that come at once (`backoff`); a catalog that changes all the time (`Bucket`).
https://developer.hashicorp.com/consul/api-docs/features/blocking
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

Said = TypeVar("Said")

LOOK_AGAIN = 5.0
"""Seconds between two looks at what Consul can't be asked to block on."""

LONGEST_PAUSE = 1.0
"""Seconds between two tries at a Consul that does not answer. Short, since its return must be seen within five seconds."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A token bucket: bursts of answers pass at once, a steady stream is slowed."""

    tokens: float = 10.0
    at: float = 0.0
    size: float = 10.0
    per_second: float = 4.0

    def take(self, now: float) -> tuple["Bucket", float]:
        """The bucket after one more answer at `now` (seconds), and for how long to wait before the next question."""
        filled = min(self.size, self.tokens + (now - self.at) * self.per_second)
        left = filled - 1
        return replace(self, tokens=left, at=now), max(0.0, -left / self.per_second)


@dataclass(frozen=True, slots=True)
class Reply(Generic[Said]):
    """Consul answered: its index, None for what it does not block on, and what it said, in stable order."""

    index: int | None
    said: Said


@dataclass(frozen=True, slots=True)
class Failed:
    """Consul did not answer, or not with something that can be used."""

    reason: str


@dataclass(frozen=True, slots=True)
class State(Generic[Said]):
    """What one watch remembers. `index` is what to ask with: None asks for the state now, without waiting."""

    index: int | None = None
    last: Reply[Said] | None = None
    failures: int = 0
    bucket: Bucket = field(default_factory=Bucket)


@dataclass(frozen=True, slots=True)
class Step(Generic[Said]):
    """What to do now: remember `state`, and ask again after `pause` seconds.

    `news` is whether something is other than before: what Consul says, or that it fails, or that it answers again.
    """

    state: State[Said]
    news: bool
    pause: float


def step(
    state: State[Said],
    event: Reply[Said] | Failed,
    now: float,
    jitter: float,
    same: Callable[[Said, Said], bool] = operator.eq,
) -> Step[Said]:
    """Decide on one answer. `now` in seconds of any clock that only goes forward, `jitter` from 0 to 1.

    `same` is whether two answers say the same.
    """
    if isinstance(event, Failed):
        failures = state.failures + 1
        return Step(replace(state, index=None, failures=failures), failures == 1, backoff(failures, jitter))
    bucket, pause = state.bucket.take(now)
    known = State(_next_index(state.index, event.index), event, 0, bucket)
    if event.index is None:
        pause = LOOK_AGAIN
    elif known.index is None:
        pause = max(pause, jitter * 0.1)  # an index we may not use: ask again without blocking, but do not spin
    return Step(known, state.failures > 0 or _is_other(state.last, event, same), pause)


def backoff(failures: int, jitter: float) -> float:
    """Seconds before the next try after so many failures in a row: doubling, half of it jitter."""
    longest = min(LONGEST_PAUSE, 0.25 * 2.0 ** min(failures - 1, 10))
    return longest * (0.5 + 0.5 * jitter)


def _next_index(asked: int | None, got: int | None) -> int | None:
    usable = got is not None and got >= 1 and (asked is None or got >= asked)
    return got if usable else None


def _is_other(last: Reply[Said] | None, reply: Reply[Said], same: Callable[[Said, Said], bool]) -> bool:
    return last is None or not same(last.said, reply.said)
