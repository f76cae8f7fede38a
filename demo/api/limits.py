"""The limits a solving API puts on an account and on an address, with the formulas its model documents.

| code | lasts | shut | trigger |
|---|---|---|---|
| ERROR: 1001 | 10 min | in.php | 120 answers ERROR_NO_SLOT_AVAILABLE within a minute |
| ERROR: 1002 | 5 min | in.php | 120 answers ERROR_ZERO_BALANCE within a minute |
| ERROR: 1003 | 30 s | in.php | ERROR_NO_SLOT_AVAILABLE 3 times as often as tasks were taken, and 120 times or more |
| ERROR: 1004 | 10 min | the address | 5 requests with a wrong key |
| IP_BANNED | 5 min | the address | the same |
| ERROR: 1005 | 5 min | res.php | more than 20 times the tasks taken + 1200 requests to res.php |
| MAX_USER_TURN | 10 s | in.php | more than 60 requests to in.php within 3 s |

Answers given count, so a block by them begins with the next request; a request over a number of requests is blocked
itself. A block wipes the counts that led to it, and nothing is counted while it lasts.
"""

from collections import deque

from demo.api import codes
from demo.api.switches import Limit

BLOCK_SECONDS = {
    Limit.NO_SLOT_BURST: 600.0,
    Limit.ZERO_BALANCE_BURST: 300.0,
    Limit.NO_SLOT_SHARE: 30.0,
    Limit.WRONG_KEY: 600.0,
    Limit.IP_BANNED: 300.0,
    Limit.POLLS: 300.0,
    Limit.MAX_USER_TURN: 10.0,
}
CODES = {limit: getattr(codes, f"LIMIT_{limit}", str(limit)) for limit in Limit}
WRONG_KEYS, BURST, BURST_WINDOW, TURNS, TURN_WINDOW = 5, 120, 60.0, 60, 3.0
POLLS_PER_TASK, POLLS_FREE = 20, 1200
MOST_ADDRESSES = 10_000
"""Addresses with wrong keys that are remembered at most."""

_OF_ADDRESS = (Limit.IP_BANNED, Limit.WRONG_KEY)
_OF_SUBMIT = (Limit.NO_SLOT_BURST, Limit.ZERO_BALANCE_BURST, Limit.NO_SLOT_SHARE, Limit.MAX_USER_TURN)


class Limits:
    """The counts and the blocks of one account. Times are seconds of the caller's clock."""

    def __init__(self, on: frozenset[Limit], block_factor: float = 1.0) -> None:
        self._on = on
        self._factor = block_factor
        self._blocks: dict[tuple[Limit, str], float] = {}
        self._wrong_keys: dict[str, int] = {}
        self._turns: deque[float] = deque()
        self._busy: dict[str, deque[float]] = {codes.NO_SLOT: deque(), codes.ZERO_BALANCE: deque()}
        self._no_slots = self._taken_since_no_slots = 0
        self._polls = self._taken_since_polls = 0

    def of_address(self, address: str, now: float) -> str | None:
        """The code an address is shut out with."""
        return self._blocked(_OF_ADDRESS, now, address)

    def submitting(self, now: float) -> str | None:
        """Count a request to in.php; the code it is refused with."""
        if blocked := self._blocked(_OF_SUBMIT, now):
            return blocked
        if self._many(self._turns, now, TURN_WINDOW) > TURNS and self._block(Limit.MAX_USER_TURN, now):
            self._turns.clear()
            return codes.MAX_USER_TURN
        return None

    def polling(self, now: float) -> str | None:
        """Count a request to res.php; the code it is refused with."""
        if blocked := self._blocked((Limit.POLLS,), now):
            return blocked
        self._polls += 1
        if self._polls > POLLS_PER_TASK * self._taken_since_polls + POLLS_FREE and self._block(Limit.POLLS, now):
            self._polls = self._taken_since_polls = 0
            return codes.LIMIT_1005
        return None

    def wrong_key(self, address: str, now: float) -> None:
        """An address sent a key that is none."""
        count = self._wrong_keys.pop(address, 0) + 1
        if count >= WRONG_KEYS and [limit for limit in _OF_ADDRESS if self._block(limit, now, address)]:
            return
        self._wrong_keys[address] = count
        if len(self._wrong_keys) > MOST_ADDRESSES:
            del self._wrong_keys[next(iter(self._wrong_keys))]

    def taken(self) -> None:
        """A task was accepted."""
        self._taken_since_no_slots += 1
        self._taken_since_polls += 1

    def refused(self, code: str, now: float) -> None:
        """A submission was answered `code`; only the two that mean busy count."""
        if code not in self._busy:
            return
        burst = self._many(self._busy[code], now, BURST_WINDOW, keep=BURST) >= BURST
        limit = Limit.NO_SLOT_BURST if code == codes.NO_SLOT else Limit.ZERO_BALANCE_BURST
        if burst and self._block(limit, now):
            self._busy[code].clear()
        if code == codes.NO_SLOT:
            self._no_slot(now)

    def _no_slot(self, now: float) -> None:
        self._no_slots += 1
        many = self._no_slots >= max(BURST, 3 * self._taken_since_no_slots)
        if many and self._block(Limit.NO_SLOT_SHARE, now):
            self._no_slots = self._taken_since_no_slots = 0

    @staticmethod
    def _many(times: deque[float], now: float, window: float, keep: int = TURNS + 1) -> int:
        times.append(now)
        while times[0] <= now - window or len(times) > keep:
            times.popleft()
        return len(times)

    def _block(self, limit: Limit, now: float, address: str = "") -> bool:
        if limit in self._on:
            self._blocks[limit, address] = now + BLOCK_SECONDS[limit] * self._factor
        return limit in self._on

    def _blocked(self, limits: tuple[Limit, ...], now: float, address: str = "") -> str | None:
        for limit in limits:
            if now < self._blocks.get((limit, address), now):
                return CODES[limit]
            self._blocks.pop((limit, address), None)
        return None
