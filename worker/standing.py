"""What the API says of the account: threads and balance."""

import math
import re
from dataclasses import dataclass

from worker.codes import Class, code_of
from worker.outcome import Lost, NotSent
from worker.reply import CODE, Refused, Unreadable, read_object

_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")


@dataclass(frozen=True, slots=True)
class Threads:
    """How many tasks the plan lets be worked on at once, and how many are."""

    threads: int
    working: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Money left, in the account's currency."""

    amount: float


Trouble = Refused | Unreadable | NotSent | Lost


def parse_threads(body: bytes) -> Threads | Refused | Unreadable:
    """The reply to `threadsinfo`, which has no `status` when all is well, and may have numbers as text."""
    read = read_object(body)
    if isinstance(read, dict):
        threads, working = _number(read.get("threads")), _number(read.get("working_threads"))
        if threads is not None:
            return Threads(int(threads), int(working or 0))
    return _refusal(read)


def parse_balance(body: bytes) -> Balance | Refused | Unreadable:
    """The reply to `getbalance`: `{"status": 1, "request": "12.3"}` or the bare number."""
    read = read_object(body)
    amount = _number(read.get("request") if isinstance(read, dict) else read)
    return Balance(amount) if amount is not None else _refusal(read)


def is_well(answer: Threads | Trouble) -> bool | None:
    """Whether the answer shows that the account may be used; None when it shows nothing."""
    if isinstance(answer, Threads):
        return answer.threads > 0
    if isinstance(answer, Refused):
        # Any other refusal, as of an action the API does not have, came from one that knows the key.
        return code_of(answer.code).kind not in (Class.ACCOUNT, Class.BLOCKED, Class.TRANSIENT)
    return None


def _refusal(read: dict[str, object] | str | None) -> Refused | Unreadable:
    said = read.get("request") if isinstance(read, dict) else read
    if isinstance(said, str) and CODE.fullmatch(said.strip()):
        return Refused(said.strip())
    return Unreadable("neither what was asked for nor a code")


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value.strip()) else None
    return float(value) if 0 <= value < 1e12 and math.isfinite(value) else None
