"""When to look for a task's solution, and until when.

The looks are on a fixed grid from the submission's time, so that any worker that goes on with a task looks at the same times.
The grid widens with the task's age, so that no task of 300 s is looked for more than 20 times: 2captcha's documented limit is 20
looks per task on average, and 1,200, and when an API stalls, every task takes that long.
"""

import math
from dataclasses import dataclass

from worker.methods import Kind

_WIDER = ((60.0, 1), (120.0, 3), (math.inf, 9))
"""Up to which age in seconds the interval is how many times the kind's own."""


@dataclass(frozen=True, slots=True)
class Between:
    """The points of the grid around an age, as ages in seconds: `before` is at or before it, if there is one, `after` later."""

    before: float | None
    after: float


def around(kind: Kind, age: float) -> Between:
    """The grid's points around `age`: the first wait, and then one every interval."""
    start, before = kind.first_wait, None
    for limit, times in _WIDER:
        step = kind.interval * times
        end = start + math.ceil((limit - start) / step) * step if limit < math.inf else math.inf
        if age < end:
            passed = max(0, math.floor((age - start) / step) + 1)
            return Between(start + (passed - 1) * step if passed else before, start + passed * step)
        start, before = end, end - step
    raise AssertionError("the last limit is infinite")


def next_look(kind: Kind, age: float, until: float, last: float | None, speed: float = 1.0) -> float | None:
    """The age at which to look next: the grid's next point up to `until`; None when there is nothing to do before that.

    All are ages of the task in seconds; `last` is when this worker looked last, None for never. Where no point is left before
    `until` and the point before now was not looked at, it is now: else somebody who asks in short waits would never hear.
    `speed` divides the grid: for an API that is simulated faster.
    """
    between = around(kind, age * speed)
    if between.after <= until * speed:
        return between.after / speed
    missed = between.before is not None and (last is None or last < between.before / speed)
    return age if missed else None
