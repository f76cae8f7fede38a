"""All that was seen of a worker, and what follows from it for the next request."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from contract.submitted import Submitted
from nearway.check_worker.ask import Ask
from nearway.check_worker.exchange import Answer, Evidence, Fault, Lost

TASKS = (Ask.SOLVE_ASYNC, Ask.SOLVE, Ask.SOLVE_FULL)
WRONG = (Ask.NOT_JSON, Ask.NO_FIELDS, Ask.NO_METHOD, Ask.TOO_LARGE)
WAITS = (Ask.WAIT, Ask.WAIT_AGAIN, Ask.WAIT_OTHER, Ask.WAIT_FULL)


@dataclass(frozen=True, slots=True)
class Seen:
    """Every request with what came of it, in order."""

    exchanges: tuple[tuple[Ask, Evidence], ...] = ()

    def of(self, *asks: Ask) -> tuple[Evidence, ...]:
        """What came of these requests."""
        return tuple(evidence for ask, evidence in self.exchanges if ask in asks)

    def last(self, *asks: Ask) -> Evidence | None:
        """What came of the last of these; None when none was made."""
        return next(reversed(self.of(*asks)), None)

    def answers(self, *asks: Ask) -> Iterator[tuple[Ask, Answer]]:
        """The answers to these requests, or to all."""
        for ask, evidence in self.exchanges:
            if isinstance(evidence, Answer) and (ask in asks or not asks):
                yield ask, evidence

    @property
    def nobody(self) -> tuple[Ask, Lost] | None:
        """Which of the workers is not there, and why; None when they are."""
        firsts = ((ask, self.last(ask)) for ask in (Ask.HEALTH, Ask.HEALTH_OTHER))
        return next(((ask, lost) for ask, lost in firsts if isinstance(lost, Lost) and lost.fault is Fault.UNREACHABLE), None)

    @property
    def accepted(self) -> bool:
        """Whether the worker takes tasks and answers for them later."""
        evidence = self.last(Ask.SOLVE_ASYNC)
        return isinstance(evidence, Answer) and evidence.status == 202

    @property
    def solution(self) -> object:
        """The solution that was waited for; None when there is none."""
        waited = self.last(Ask.WAIT)
        return waited.solution if isinstance(waited, Answer) else None

    @property
    def location(self) -> str | None:
        """Where the accepted task is answered for, if the location may be used."""
        accepted = self.last(Ask.SOLVE_ASYNC)
        if not isinstance(accepted, Answer) or not self.accepted:
            return None
        location = accepted.headers.get("location", "")
        return location if re.fullmatch(r"/tasks/[!-~]+", location) else None

    @property
    def active(self) -> int | None:
        """`active_tasks` when no task of ours was held."""
        return number(self.last(Ask.HEALTH), "active_tasks")

    @property
    def active_held(self) -> int | None:
        """The most `active_tasks` while tasks of ours were held."""
        counts = [number(evidence, "active_tasks") for evidence in self.of(Ask.HEALTH_HELD)]
        return max((count for count in counts if count is not None), default=None)

    @property
    def slots(self) -> int | None:
        """`max_concurrent`."""
        return number(self.last(Ask.HEALTH), "max_concurrent")

    def counted(self, tasks: int) -> bool:
        """Whether so many tasks more than at first were seen held."""
        return self.active_held is not None and self.active_held >= (self.active or 0) + tasks

    @property
    def full(self) -> bool:
        """Whether every slot was seen taken."""
        return None not in (self.active_held, self.slots) and (self.active_held or 0) >= (self.slots or 0)

    def to_hold(self, most: int) -> int:
        """How many tasks to submit next, to be held until they are solved.

        All slots full of them, where that is at most `most`; else one if a client that knows no `Prefer` was not seen served.
        """
        first = self.last(Ask.SOLVE_ASYNC)
        served = isinstance(first, Answer) and first.solution is not None
        if (served or self.accepted) and 1 <= (self.slots or 0) <= most:
            return self.slots or 0
        return 1 if self.accepted else 0

    @property
    def spent(self) -> int:
        """How many tasks may have been submitted."""
        return sum(map(_may_cost, self.of(*TASKS))) + sum(answer.status < 300 for _, answer in self.answers(*WRONG))


def number(evidence: Evidence | None, name: str) -> int | None:
    """A whole number that an answer's JSON has under `name`."""
    value = (evidence.members or {}).get(name) if isinstance(evidence, Answer) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def still_waits(evidence: Evidence) -> bool:
    """Whether a wait is to be asked again."""
    return isinstance(evidence, Answer) and evidence.status == 202


def _may_cost(evidence: Evidence) -> bool:
    if isinstance(evidence, Lost):
        return evidence.fault is not Fault.UNREACHABLE
    return evidence.submitted is not Submitted.NO and (evidence.submitted is not None or not 400 <= evidence.status < 500)
