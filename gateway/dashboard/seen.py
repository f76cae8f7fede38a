"""What this gateway has seen of its tasks, for people: since its start, in the last minute, and the last that ended.

Pure but for the clocks it is given: `clock` for what passes, `now` for times that are shown (seconds since 1970).
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from statistics import median

from attempt.outcome import Outcome
from contract.submitted import Submitted
from gateway.dashboard.ended import Ended, LastEnded
from gateway.dashboard.minute import LastMinute
from gateway.errand import Errand
from gateway.place import Place

Origin = str | tuple[float, float]
"""Where clients are: near a region, or at a location in whole degrees."""

LAST_TIMES = 50
"""Solved tasks of a region whose median is told."""


class Seen:
    """One gateway's. What is told to it must cost next to nothing: it is told with every task."""

    def __init__(self, clock: Callable[[], float], now: Callable[[], float]) -> None:
        self._clock, self._now = clock, now
        self.ended = LastEnded()
        self.refused: LastMinute[str] = LastMinute()
        self.flows: LastMinute[tuple[Origin, str]] = LastMinute()
        self.moves: LastMinute[tuple[str, str]] = LastMinute()
        self.outcomes: LastMinute[str] = LastMinute()
        self.at_worker: Counter[str] = Counter()
        self._worker_of: dict[str, str] = {}
        self.spent: Counter[str] = Counter()
        self._times: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=LAST_TIMES))

    def attempted(self, errand: Errand, region: str, outcome: Outcome, worker: str | None) -> None:
        """A region was asked to take a task; `worker` says which took it, where it said so."""
        now = self._clock()
        if outcome is Outcome.REFUSED:
            self.refused.count(region, now)
        if outcome in (Outcome.ACCEPTED, Outcome.ANSWERED) and (origin := _origin(errand.task.places)) is not None:
            self.flows.count((origin, region), now)
        if outcome is Outcome.ACCEPTED and worker is not None:
            self._worker_of[errand.task.id] = worker
            self.at_worker[worker] += 1

    def moved(self, region: str, to: str) -> None:
        """A task is waited for at another region."""
        self.moves.count((region, to), self._clock())

    def over(self, errand: Errand, outcome: str, money: Submitted) -> None:
        """A task is over; `outcome` is solved, failed, left or a problem's code."""
        self._leaves(self._worker_of.pop(errand.task.id, None))
        self.outcomes.count(outcome, self._clock())
        self._count(outcome, money)
        seconds = errand.timing.seconds
        total = sum(seconds.values())
        if outcome == "solved":
            self._times[errand.at].append(total)
        trail, tenant = tuple(errand.trail.lines()), errand.task.tenant.name
        at, waited = self._now(), seconds["queue"]
        self.ended.add(Ended(errand.task.id, tenant, errand.at, outcome, money, at, total, waited, trail))

    def time_of(self, region: str) -> float | None:
        """The median time of a region's last solved tasks, from arrival to answer (seconds); None before the first."""
        times = self._times.get(region)
        return median(times) if times else None

    def _leaves(self, worker: str | None) -> None:
        if worker is not None:
            self.at_worker[worker] -= 1
            if self.at_worker[worker] <= 0:
                del self.at_worker[worker]

    def _count(self, outcome: str, money: Submitted) -> None:
        if money is Submitted.UNKNOWN:
            self.spent["unknown"] += 1
        elif money is Submitted.YES:
            self.spent["submitted"] += 1
            self.spent["solved" if outcome == "solved" else "failed"] += 1


def _origin(places: tuple[Place, ...]) -> Origin | None:
    for place in places:
        if place.location is not None:
            return round(place.location[0]), round(place.location[1])
        if place.region is not None:
            return place.region
    return None
