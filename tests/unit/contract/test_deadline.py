import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.deadline import LONGEST_TASK, parse_deadline


@pytest.mark.parametrize(("header", "seconds"), [(None, 300.0), ("10", 10.0), (" 2.5 ", 2.5), ("900", 300.0), ("0", 0.0)])
def test_the_time_a_task_has(header: str | None, seconds: float) -> None:
    assert parse_deadline(header) == seconds


@pytest.mark.parametrize("header", ["", "-1", "soon", "1e3", "nan", "inf", "10s", "1_0", "1,5", "9" * 30, "٣"])
def test_what_is_no_time_is_told_so(header: str) -> None:
    with pytest.raises(ValueError, match="Nearway-Deadline"):
        parse_deadline(header)


@given(st.floats(0, 300))
def test_what_the_gateway_writes_a_worker_reads(left: float) -> None:
    assert parse_deadline(f"{left:.6f}") == pytest.approx(left, abs=1e-6)
    assert parse_deadline(f"{left:.6f}") <= LONGEST_TASK
