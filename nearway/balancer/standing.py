"""What is known of each worker: tasks in flight, rests, failures, turns.

Pure.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from attempt.breaker import FAILURES, Breaker
from attempt.evidence import Answer, Evidence, retry_after
from attempt.load import Load
from attempt.outcome import Outcome
from contract.deadline import LONGEST_TASK
from nearway.balancer.turns import Turns

FRESH = Breaker(threshold=1)
"""A failure may have cost a task, and there are others: one is enough to make a worker rest."""


@dataclass(slots=True)
class Standing:
    """By the worker's URL. Every `jitter` is from 0 to 1."""

    load: Load = field(default_factory=lambda: Load(longest_rest=LONGEST_TASK))
    breakers: dict[str, Breaker] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)

    def breaker(self, url: str) -> Breaker:
        """The worker's."""
        return self.breakers.get(url, FRESH)

    def tried(self, url: str) -> bool:
        """A task goes there; whether that is a test, before which one looks."""
        self.breakers[url] = self.breaker(url).tried()
        return self.breakers[url].testing

    def untried(self, url: str) -> None:
        """The test did not come about."""
        self.breakers[url] = self.breaker(url).untried()

    def looked_well(self, url: str) -> None:
        """It answered a look."""
        self.breakers[url] = self.breaker(url).looked_well()

    def heard(self, url: str, evidence: Evidence, outcome: Outcome, now: float, jitter: float, *, tested: bool) -> None:
        """What came of a task there; `tested` when it was a test."""
        if outcome is Outcome.REFUSED and isinstance(evidence, Answer):
            # By all of its Retry-After: unlike a region, it is asked by nobody else for us, and knows best.
            self.load.refused(url, now, retry_after(evidence), 0.0)
        breaker = self.breaker(url)
        # All that were in flight fail with it: that is one failure, and not as many pauses, each twice the one before.
        if outcome in FAILURES and breaker.is_open and not tested:
            return
        self.breakers[url] = breaker.heard(outcome, now, jitter, told(evidence))

    def next_chance(self, now: float) -> float | None:
        """When the next rest ends, if any worker rests."""
        rests = [*self.load.full_until.values(), *(one.until for one in self.breakers.values())]
        return min((until for until in rests if until > now), default=None)

    def only(self, urls: Collection[str]) -> None:
        """Forget what was known of the others, but for what is in flight there."""
        self.breakers = {url: one for url, one in self.breakers.items() if url in urls}
        self.load.full_until = {url: until for url, until in self.load.full_until.items() if url in urls}
        self.turns.only(urls)


def told(evidence: Evidence) -> str:
    """In words."""
    return f"it answered {evidence.status}" if isinstance(evidence, Answer) else evidence.reason
