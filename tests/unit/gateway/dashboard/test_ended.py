import pytest

from contract.submitted import Submitted
from gateway.dashboard.ended import Ended, LastEnded, Wanted


def ended(number: int, outcome: str = "solved", tenant: str = "acme", region: str = "us") -> Ended:
    return Ended(f"{number:04}", tenant, region, outcome, Submitted.YES, float(number), 1.0, 0.0, ())


@pytest.fixture
def last() -> LastEnded:
    made = LastEnded(most=4)
    for one in (ended(0), ended(1), ended(2, "failed"), ended(3, "left", "tiny"), ended(4, "NO_REGION", region="eu")):
        made.add(one)
    return made


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), ["0004", "0003", "0002", "0001"]),
        (Wanted(tenant="tiny"), ["0003"]),
        (Wanted(region="us", outcome="unsolved"), ["0003", "0002"]),
        (Wanted(outcome="unsolved"), ["0004", "0003", "0002"]),
        (Wanted(outcome="NO_REGION"), ["0004"]),
        (Wanted(task="000"), ["0004", "0003", "0002", "0001"]),
        (Wanted(task="0000"), []),
    ],
)
def test_the_newest_come_first_and_only_those_that_are_wanted(last: LastEnded, wanted: Wanted, found: list[str]) -> None:
    assert [one.id for one in last.find(wanted, 10)] == found
    assert [one.id for one in last.find(wanted, 1)] == found[:1]


def test_so_many_are_kept_and_all_are_counted(last: LastEnded) -> None:
    assert (last.count, len(last.find(Wanted(), 10))) == (5, 4)
