import pytest

from contract.bodies import MIB, Bodies
from contract.problem import ProblemError


def test_what_is_over_is_refused_and_takes_nothing() -> None:
    bodies = Bodies(2)
    bodies.take(MIB)
    with pytest.raises(ProblemError) as caught:
        bodies.take(MIB + 1)
    assert (caught.value.problem.error, caught.value.problem.submitted.value) == ("NO_ROOM", "no")
    assert caught.value.problem.retry_after == 1
    assert bodies.held == MIB
    bodies.take(MIB)


def test_what_is_given_back_is_room_again() -> None:
    bodies = Bodies(1)
    bodies.take(MIB)
    bodies.take(-MIB)
    bodies.take(MIB)
    assert bodies.held == MIB
