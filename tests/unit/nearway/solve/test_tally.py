"""How far, in words."""

from contract.submitted import Submitted
from nearway.client.errors import FailedError, UnknownError
from nearway.client.progress import Progress
from nearway.client.solution import Solution
from nearway.solve.item import Item
from nearway.solve.row import row_of
from nearway.solve.tally import Tally, duration

ROWS = [
    row_of(Item(1, {}), Solution("a", None, None, None, False, {})),
    row_of(Item(2, {}), FailedError("X", "x", Submitted.YES)),
    row_of(Item(3, {}), UnknownError("X", "x", Submitted.UNKNOWN)),
]


def test_all_is_told_and_money_from_what_is_sure_to_what_may_be() -> None:
    tally = Tally(2990.0, Progress(total=10, solved=1, failed=1, seconds=4.0), known=1)
    for row in ROWS:
        tally.add(row)
    assert tally.words() == ("3 of 11 (1 before): 1 solved, 2 not; 30.0/min; 2 paid for, 1 unknown: 5.98 to 8.97; 16 s left")


def test_what_nobody_knows_is_not_told() -> None:
    assert Tally().words() == "0: 0 solved, 0 not; 0 paid for"


def test_durations() -> None:
    assert [duration(one) for one in (0.4, 59.4, 60, 3599, 3600, 90_000)] == [
        "0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "25 h 0 min",
    ]  # fmt: skip
