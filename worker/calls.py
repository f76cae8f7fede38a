"""The calls to the API that a request led to, for its trace."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

MOST = 32
"""Of one request; a wait looks a few times."""


@dataclass(slots=True)
class Call:
    """`name` is submit or poll; times are seconds since 1970."""

    name: str
    begun: float
    ended: float
    outcome: str = "none"


_calls: ContextVar[list[Call] | None] = ContextVar("calls", default=None)


def keep() -> list[Call]:
    """Have the calls of this request kept, whoever makes them; the list they come to be in."""
    made: list[Call] = []
    _calls.set(made)
    return made


@contextmanager
def calling(name: str) -> Iterator[Call]:
    """A call to the API, from its begin to its end."""
    call, kept = Call(name, time.time(), 0.0), _calls.get()
    try:
        yield call
    finally:
        call.ended = time.time()
        if kept is not None and len(kept) < MOST:
            kept.append(call)
