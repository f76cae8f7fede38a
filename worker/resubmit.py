"""Whether a task may be handed to the API once more, and after how long.

Only after proof that the last time did not count: an explicit refusal of a sort that passes, or no connection at all. A reply
that was lost or can't be read proves nothing, and the task is never sent again.
"""

from dataclasses import dataclass

from worker.codes import Class, code_of
from worker.outcome import NotSent, SubmissionOutcome
from worker.reply import Refused


@dataclass(frozen=True, slots=True)
class Policy:
    """Of one sort of refusal: how often to hand over in all, and how the pause between two grows, in seconds."""

    tries: int
    growth: float
    longest: float


_POLICIES = {
    Class.BUSY: Policy(tries=100, growth=1.0, longest=8.0),
    Class.PACE: Policy(tries=100, growth=1.0, longest=10.0),
    Class.TRANSIENT: Policy(tries=5, growth=2.0, longest=40.0),
}
_UNREACHABLE = Policy(tries=4, growth=2.0, longest=4.0)
_FIRST_UNREACHABLE = 0.5
_JITTER = 0.4
"""The share of a pause that chance may add, so that tasks refused together do not come back together."""


def again_after(outcome: SubmissionOutcome, tries: int, jitter: float, speed: float = 1.0) -> float | None:
    """Seconds until the next hand-over after so many; None when there must be none. `jitter` from 0 to 1.

    `speed` divides the pauses: for an API that is simulated faster.
    """
    if isinstance(outcome, NotSent):
        return _pause(_UNREACHABLE, _FIRST_UNREACHABLE / speed, tries, jitter)
    if isinstance(outcome, Refused):
        code = code_of(outcome.code)
        policy = _POLICIES.get(code.kind)
        return _pause(policy, code.seconds / speed, tries, jitter) if policy else None
    return None


def _pause(policy: Policy, first: float, tries: int, jitter: float) -> float | None:
    if tries >= policy.tries:
        return None
    return min(first * policy.growth ** (tries - 1), policy.longest) * (1 + _JITTER * jitter)
