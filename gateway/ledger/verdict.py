"""What becomes of a task that comes with a key under which the ledger has one already.

Pure.
"""

from enum import Enum, auto

from contract.submitted import Submitted
from gateway.ledger.record import Record, State

KEY_LIFE = 86_400.0
"""Seconds from a task's arrival for which its key means it."""

MARGIN = 10.0
"""Seconds after its deadline from which on nobody carries a task any more."""


class Verdict(Enum):
    """What is to be done."""

    NEW = auto()
    """Nothing was spent, or the key is too old: carry it as if there had been none."""
    MISMATCH = auto()
    """The key is another task's."""
    REPLAY = auto()
    """It is over: the same answer again."""
    CONTINUE = auto()
    """It was accepted at a gateway that has ended: wait for it."""
    UNKNOWN = auto()
    """It was being handed over when its gateway ended."""
    ELSEWHERE = auto()
    """Another gateway carries it."""


def judge(there: Record, wanted: Record, now: float, *, alone: bool) -> Verdict:
    """`there` is in the ledger and not carried here; `wanted` has just come. `alone`: no other gateway writes to this ledger."""
    if now - there.arrived > KEY_LIFE:
        return Verdict.NEW
    if there.fingerprint != wanted.fingerprint:
        return Verdict.MISMATCH
    if there.ended is not None:
        return Verdict.NEW if there.money is Submitted.NO else Verdict.REPLAY
    if not alone and there.gateway != wanted.gateway and now < there.deadline + MARGIN:
        return Verdict.ELSEWHERE
    if there.money is Submitted.NO:
        return Verdict.NEW
    return Verdict.CONTINUE if there.state is State.ACCEPTED and there.location is not None else Verdict.UNKNOWN
