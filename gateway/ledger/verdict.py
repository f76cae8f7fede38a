"""What becomes of a task that comes with a key under which the ledger has one already.

Pure.
"""

from enum import Enum, auto

from contract.submitted import Submitted
from gateway.ledger.record import Record, State

KEY_LIFE = 86_400.0
"""Seconds from a task's arrival for which its key means it."""


class Verdict(Enum):
    """What is to be done."""

    NEW = auto()
    """Nothing was spent, or the key is too old: carry it as if there had been none."""
    MISMATCH = auto()
    """The key is another task's."""
    REPLAY = auto()
    """It is over: the same answer again."""
    CONTINUE = auto()
    """It was accepted, and its gateway is gone: wait for it."""
    UNKNOWN = auto()
    """It was being handed over by a gateway that is gone."""
    ELSEWHERE = auto()
    """Another gateway carries it."""


GOES_ON = (Verdict.CONTINUE, Verdict.UNKNOWN)
"""With these a task that was another gateway's is this one's from now on."""


def judge(there: Record, wanted: Record, now: float, *, left: bool) -> Verdict:
    """`there` is in the ledger and not carried here; `wanted` has just come. `left`: nobody carries it on (`leases.py`)."""
    if now - there.arrived > KEY_LIFE:
        return Verdict.NEW
    if there.fingerprint != wanted.fingerprint:
        return Verdict.MISMATCH
    if there.ended is not None:
        return Verdict.NEW if there.money is Submitted.NO else Verdict.REPLAY
    if not left:
        return Verdict.ELSEWHERE
    if there.money is Submitted.NO:
        return Verdict.NEW
    return Verdict.CONTINUE if there.state is State.ACCEPTED and there.location is not None else Verdict.UNKNOWN
