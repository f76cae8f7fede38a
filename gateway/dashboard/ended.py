"""The tasks that ended last, for people: kept in memory, so many and no more.

Pure.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from contract.submitted import Submitted

MOST = 500
"""Tasks that are kept."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A task that is over. `outcome` is solved, failed, left or a problem's code; `at` is its end, seconds since 1970.

    `seconds` it took from its arrival to its end, and of these it waited for a slot; `trail` are its sentences.
    """

    id: str
    tenant: str
    region: str
    outcome: str
    money: Submitted
    at: float
    seconds: float
    waited: float
    trail: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tasks: all of which holds; empty for any. `task` is an id or its beginning, `outcome` a word or `unsolved`."""

    tenant: str = ""
    region: str = ""
    outcome: str = ""
    task: str = ""

    def __bool__(self) -> bool:
        return bool(self.tenant or self.region or self.outcome or self.task)

    def has(self, ended: Ended) -> bool:
        """Whether it is one of them."""
        return (
            self.tenant in ("", ended.tenant)
            and self.region in ("", ended.region)
            and (self.outcome in ("", ended.outcome) or (self.outcome == UNSOLVED and ended.outcome != "solved"))
            and ended.id.startswith(self.task)
        )


UNSOLVED = "unsolved"
"""Whatever is not solved: what is looked for when something is wrong."""


class LastEnded:
    """The newest come first."""

    def __init__(self, most: int = MOST) -> None:
        self._kept: deque[Ended] = deque(maxlen=most)
        self.count = 0

    def add(self, ended: Ended) -> None:
        """One more; the oldest may go."""
        self._kept.append(ended)
        self.count += 1

    def find(self, wanted: Wanted, most: int) -> list[Ended]:
        """Those that are wanted, so many at most."""
        return list(islice(self._matching(wanted), most))

    def _matching(self, wanted: Wanted) -> Iterator[Ended]:
        newest: Iterable[Ended] = reversed(self._kept)
        return (one for one in newest if wanted.has(one))
