"""What a try to deliver a callback came to.

Pure.
"""

from dataclasses import dataclass
from enum import StrEnum

from attempt.evidence import Answer, Evidence, retry_after
from gateway import answers
from gateway.callbacks.schedule import next_try, pause_after
from gateway.ledger.record import Record


class Called(StrEnum):
    """After all but a failure it is not tried again."""

    DELIVERED = "delivered"
    """The receiver has it: it answered 2xx."""
    GONE = "gone"
    """The receiver wants none: it answered 410."""
    FAILED = "failed"
    """It is tried again."""
    GIVEN_UP = "given up"
    """It was tried for as long as it may be."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a task's try number `tries`. `again` is when there is another one (seconds since 1970), None for none."""

    task: str
    tries: int
    called: Called
    why: str
    again: float | None = None

    def __str__(self) -> str:
        """As it stands in the ledger."""
        return f"{self.called}: {self.why}"


def judged(record: Record, evidence: Evidence, now: float, chance: float, within: float) -> Sent:
    """`record` has ended; `chance` is from 0 to 1, `within` the seconds after its end for which its callback is tried."""
    why = answers.describe(evidence)
    status = evidence.status if isinstance(evidence, Answer) else 0
    if 200 <= status < 300:
        return Sent(record.id, record.callback_tries, Called.DELIVERED, why)
    if status == 410:
        return Sent(record.id, record.callback_tries, Called.GONE, why)
    wanted = retry_after(evidence) if isinstance(evidence, Answer) else None
    pause = pause_after(record.callback_tries, chance, wanted or 0.0)
    again = next_try(now, record.ended or now, pause, within)
    return Sent(record.id, record.callback_tries, Called.GIVEN_UP if again is None else Called.FAILED, why, again)
