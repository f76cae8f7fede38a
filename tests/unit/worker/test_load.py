"""What a worker says of itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.load import Load, State, ready


@pytest.mark.parametrize(
    ("active", "capacity", "state"),
    [
        (0, 20, "healthy"),
        (17, 20, "healthy"),
        (18, 20, "overloaded"),
        (20, 20, "overloaded"),
        (25, 20, "overloaded"),
        (0, 1, "healthy"),
    ],
)
def test_busy_from_nine_tenths_on(active: int, capacity: int, state: str) -> None:
    assert Load(capacity, active).state(draining=False, paused=False) == state


def test_the_gravest_state_counts() -> None:
    assert Load(20, 20).state(draining=False, paused=True) is State.PAUSED
    assert Load(20, 20).state(draining=True, paused=True) is State.DRAINING


@pytest.mark.parametrize(
    ("state", "status"), [(State.HEALTHY, 200), (State.OVERLOADED, 503), (State.PAUSED, 503), (State.DRAINING, 503)]
)
def test_health(state: State, status: int) -> None:
    got, body = Load(20, 9).health(state, None)
    assert got == status
    assert json.loads(body) == {"status": state.value, "active_tasks": 9, "max_concurrent": 20, "load_pct": 45.0}


def test_health_gives_the_reason_of_a_pause() -> None:
    assert json.loads(Load(20, 0).health(State.PAUSED, "IP_BANNED")[1])["reason"] == "IP_BANNED"


@pytest.mark.parametrize(
    ("state", "status"), [(State.HEALTHY, 200), (State.OVERLOADED, 429), (State.PAUSED, 503), (State.DRAINING, 503)]
)
def test_ready(state: State, status: int) -> None:
    assert ready(state) == (status, f"{state.value}\n".encode())


@given(st.integers(1, 50), st.lists(st.booleans(), max_size=100))
def test_what_is_taken_is_given_back_and_no_more(capacity: int, takes: list[bool]) -> None:
    load, held = Load(capacity), 0
    for take in takes:
        if take:
            load, held = load.taken(), held + 1
        elif held:
            load, held = load.released(), held - 1
        assert load.active == held
        assert load.full == (held >= capacity)
    with pytest.raises(ValueError, match="twice"):
        Load(capacity).released()
