"""What is known of the account at the API, and what may be sent with it. Pure; `accountant.py` keeps it.

One worker has one key, so this is the breaker per key.
"""

from dataclasses import dataclass, field, replace

from worker.codes import Class, Code

LONGEST_PAUSE = 600.0
"""Seconds between two tries of an account that was refused."""

BUSY_GAP = 1.0
"""Seconds between two hand-overs while the API is busy: 2captcha blocks for 5 minutes who is refused 120 times in one."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """Open while `code` is set: nothing is sent. `until` is when to try the account again, in seconds of a monotonic clock.

    `failures` counts how often it opened without a success between.
    """

    code: Code | None = None
    until: float = 0.0
    failures: int = 0

    def opened(self, code: Code, now: float, speed: float = 1.0) -> "Breaker":
        """After a refusal. One that comes while it is open already, from a request sent before, makes it no longer."""
        if self.code is not None and now < self.until:
            return self
        pause = code.seconds if code.kind is Class.BLOCKED else min(code.seconds * 2.0**self.failures, LONGEST_PAUSE)
        return Breaker(code, now + pause / speed, min(self.failures + 1, 30))

    def tried(self) -> "Breaker":
        """After the API answered a question about the account: closed, but a next refusal counts as one more."""
        return replace(self, code=None)

    def later(self, now: float, speed: float = 1.0) -> "Breaker":
        """After the question about the account had no answer: as before, for another while."""
        return self if self.code is None else replace(self, until=now + self.code.seconds / speed)


@dataclass(frozen=True, slots=True)
class Account:
    """Two breakers: a plan that has run out may take no tasks and still hand out solutions.

    `next_turn` is the earliest time of the next hand-over, on the same clock as the breakers'. `busy` is
    whether the last answer to a hand-over was that no thread is free. `speed` divides every pause.
    """

    submit: Breaker = field(default_factory=Breaker)
    poll: Breaker = field(default_factory=Breaker)
    next_turn: float = 0.0
    busy: bool = False
    speed: float = 1.0

    def accepted(self) -> "Account":
        """After the API took a task: all is well."""
        return replace(self, submit=Breaker(), busy=False)

    def answered(self) -> "Account":
        """After the API told of a task: looking is well."""
        return replace(self, poll=Breaker())

    def refused(self, code: Code, now: float, *, polling: bool) -> "Account":
        """After a refusal with that code, of a task or, `polling`, of a look for a solution."""
        if code.kind in (Class.PACE, Class.BUSY):
            busy = code.kind is Class.BUSY
            pause = (BUSY_GAP if busy else code.seconds) / self.speed
            later = replace(self, next_turn=max(self.next_turn, now + pause), busy=busy)
            return self if polling else later
        if code.kind not in (Class.ACCOUNT, Class.BLOCKED):
            return self
        shut = replace(self, submit=self.submit.opened(code, now, self.speed))
        both = polling or code.kind is Class.BLOCKED
        return replace(shut, poll=self.poll.opened(code, now, self.speed)) if both else shut

    def turn_taken(self, now: float, gap: float) -> "Account":
        """After a hand-over began; the next one may begin `gap` seconds later."""
        return replace(self, next_turn=max(self.next_turn, now + (max(gap, BUSY_GAP / self.speed) if self.busy else gap)))

    def probe_at(self) -> float | None:
        """When to ask about the account again; None while nothing is shut."""
        return min((one.until for one in (self.submit, self.poll) if one.code is not None), default=None)

    def probed(self, well: bool | None, now: float) -> "Account":
        """After asking about the account: it is well, it is not, or (None) there was no answer."""
        if well:
            return replace(self, submit=self.submit.tried(), poll=self.poll.tried())
        return replace(self, submit=self.submit.later(now, self.speed), poll=self.poll.later(now, self.speed))
