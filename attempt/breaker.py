"""A breaker per region: failures in a row open it, after a pause it lets one task through to test, and each pause is longer.

Pure. Fed by the traffic itself, so that a region which is well in Consul but not for us costs each task nothing.
"""

from dataclasses import dataclass, replace

from attempt.outcome import Outcome

THRESHOLD = 3
"""Failures in a row that open it: fewer are a worker's death, or nginx at a reload."""

SHORTEST, LONGEST = 1.0, 30.0
"""Seconds of the first pause, and of the longest. Each is twice the one before, less up to half of it at random, so that
several gateways do not test at the same moment."""

FAILURES = (Outcome.UNSENT, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Breaker:
    """Closed while `failures` are fewer than the threshold. Open, it lets one task through once `until` is past.

    `why` is what the last failure was. `threshold`: of whom each failure may cost, one is enough.
    """

    failures: int = 0
    until: float = 0.0
    pause: float = 0.0
    testing: bool = False
    why: str = ""
    threshold: int = THRESHOLD

    @property
    def is_open(self) -> bool:
        """Whether only tests go through."""
        return self.failures >= self.threshold

    def allows(self, now: float) -> bool:
        """Whether a task may go to the region now."""
        return not self.is_open or (now >= self.until and not self.testing)

    def tried(self) -> "Breaker":
        """A task goes to the region."""
        return replace(self, testing=self.is_open)

    def untried(self) -> "Breaker":
        """The task that was to go there did not: another one may test the region."""
        return replace(self, testing=False)

    def looked_well(self) -> "Breaker":
        """A look, which costs nothing, was answered: tasks may go there, and the next failure still makes a longer pause."""
        return replace(self, failures=0, testing=False)

    def heard(self, outcome: Outcome, now: float, jitter: float, why: str = "") -> "Breaker":
        """What came of a task; `jitter` from 0 to 1. A refusal is no failure: the region is full, and well."""
        if outcome not in FAILURES:
            return Breaker(threshold=self.threshold)
        failed = replace(self, failures=self.failures + 1, testing=False, why=why)
        if not failed.is_open:
            return failed
        pause = min(LONGEST, max(SHORTEST, self.pause * 2))
        return replace(failed, pause=pause, until=now + pause * (1 - jitter / 2))
