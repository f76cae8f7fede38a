import pytest

from gateway.budget import Budget


@pytest.mark.parametrize(("in_flight", "most"), [(0, 3), (10, 3), (15, 3), (20, 4), (1000, 200)])
def test_a_fifth_of_what_is_in_flight_may_try_again_at_once_and_three_always(in_flight: int, most: int) -> None:
    budget = Budget()
    for _ in range(most):
        assert budget.allows(in_flight)
        budget.begin()
    assert not budget.allows(in_flight)
    budget.end()
    assert budget.allows(in_flight)


def test_a_retry_does_not_end_twice() -> None:
    budget = Budget()
    budget.begin()
    budget.end()
    with pytest.raises(RuntimeError, match="twice"):
        budget.end()
