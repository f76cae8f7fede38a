"""How fast a tenant's tasks may come: a token bucket.

Pure.
"""

import math
import re
from dataclasses import dataclass

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_RATE = re.compile(r"([1-9][0-9]{0,6})/(s|min|h)")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many tasks a second in the long run, and at most `burst` at once after a pause."""

    per_second: float
    burst: int

    @property
    def window(self) -> int:
        """Seconds in which a whole burst comes back, rounded up."""
        return math.ceil(round(self.burst / self.per_second, 6))


def parse_rate(text: str, burst: int | None = None) -> Rate:
    """`100/min` as a rate; without a burst, all that come in its unit of time may come at once.

    ValueError says how a rate is written.
    """
    found = _RATE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no rate: write a number and s, min or h, like 10/s, 100/min or 5000/h")
    number = int(found[1])
    return Rate(number / _SECONDS[found[2]], number if burst is None else burst)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The tokens there were at a time (seconds); one is taken by each task, and they come back at the rate."""

    tokens: float
    at: float

    def now(self, rate: Rate, now: float) -> "Bucket":
        """As it has filled meanwhile, up to the burst. A clock that stood or went back adds nothing."""
        passed = max(0.0, now - self.at)
        return Bucket(min(float(rate.burst), self.tokens + passed * rate.per_second), max(now, self.at))

    @property
    def whole(self) -> int:
        """Tasks that may come now."""
        return math.floor(self.tokens + 1e-9)

    def take(self) -> "Bucket":
        """One token less; there must be one."""
        if self.whole < 1:
            raise ValueError("the bucket is empty")
        return Bucket(max(0.0, self.tokens - 1), self.at)

    def until_one(self, rate: Rate) -> float:
        """Seconds until a task may come."""
        return max(0.0, (1 - self.tokens) / rate.per_second)

    def until_full(self, rate: Rate) -> float:
        """Seconds until the whole burst may come."""
        return max(0.0, (rate.burst - self.tokens) / rate.per_second)
