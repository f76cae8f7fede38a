"""What happened to regions, a line each, from one look at them to the next.

Pure. That a region is full, or no longer is, is no news: its numbers say so.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from discovery.dials import Dial
from gateway.choose import Against

MOST = 60
"""Lines that are kept."""


@dataclass(frozen=True, slots=True)
class State:
    """A region as one look shows it: what kind of thing speaks against it, in words, and its dial."""

    kind: Against | None
    why: str = ""
    dial: Dial | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """One line. `kind` is bad, good, dial or gone; `at` is in seconds since 1970."""

    number: int
    at: float
    region: str
    kind: str
    what: str


class Journal:
    """The last things that happened, oldest first."""

    def __init__(self, most: int = MOST) -> None:
        self._kept: deque[Happening] = deque(maxlen=most)
        self._before: Mapping[str, State] | None = None
        self._number = 0

    def __iter__(self) -> Iterator[Happening]:
        return iter(self._kept)

    def look(self, states: Mapping[str, State], at: float) -> list[Happening]:
        """Take in how the regions are now: what is new. The first look only begins."""
        before, self._before = self._before, states
        found = [] if before is None else [self._made(at, *line) for line in differences(before, states)]
        self._kept.extend(found)
        return found

    def _made(self, at: float, region: str, kind: str, what: str) -> Happening:
        self._number += 1
        return Happening(self._number, at, region, kind, what)


def differences(before: Mapping[str, State], now: Mapping[str, State]) -> Iterator[tuple[str, str, str]]:
    """Region, kind and words of each difference, in the order of the regions' names."""
    for region in sorted({*before, *now}):
        old, new = before.get(region), now.get(region)
        if new is None:
            yield region, "gone", "is no longer in Consul"
            continue
        if new.dial != (old.dial if old else None):
            yield region, "dial", _dialled(old.dial if old else None, new.dial)
        was_bad, is_bad = _is_bad(old), _is_bad(new)
        if old is None and not is_bad:
            yield region, "good", "is new"
        elif is_bad and not was_bad:
            yield region, "bad", f"takes no tasks: {new.why}"
        elif was_bad and not is_bad:
            yield region, "good", "is well again"


def _is_bad(state: State | None) -> bool:
    return state is not None and state.kind is Against.UNHEALTHY


def _dialled(old: Dial | None, new: Dial | None) -> str:
    if new is None:
        return "its dial is gone from Consul: all of its slots count"
    share = old.share if old else 1.0
    why = f": {new.why}" if new.why else ""
    return f"dial {share:.0%} → {new.share:.0%}, by {new.by}{why}"
