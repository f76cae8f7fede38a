from random import Random
from typing import Any

import pytest

from demo.api.faults import NONE, Faults, draw_faults
from demo.api.switches import Body, Scope, Switches


def drawn(endpoint: Scope = Scope.SUBMIT, **switches: Any) -> Faults:
    return draw_faults(endpoint, Switches(**switches), Random(1))


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        pytest.param({}, NONE, id="nothing"),
        pytest.param({"delay_rate": 1, "delay_seconds": 3}, Faults(delay_before=3), id="a delay before"),
        pytest.param({"delay_rate": 1, "delay_moment": "after"}, Faults(delay_after=1), id="a delay after"),
        pytest.param({"reset_before_rate": 1}, Faults(reset_before=True), id="a reset before the body is read"),
        pytest.param({"reset_after_rate": 1}, Faults(reset_after=True), id="a reset after the task is accepted"),
        pytest.param({"server_error_rate": 1}, Faults(error_before=True), id="a 5xx before"),
        pytest.param({"server_error_rate": 1, "server_error_moment": "after"}, Faults(error_after=True), id="a 5xx after"),
        pytest.param({"slow_body_rate": 1, "slow_body_seconds": 4}, Faults(slow_body=4), id="a slow body"),
        pytest.param({"body": "empty"}, Faults(body=Body.EMPTY), id="another body"),
        pytest.param({"body": "empty", "body_rate": 0}, NONE, id="another body, never"),
        pytest.param({"reset_before_rate": 1, "server_error_rate": 1}, Faults(reset_before=True), id="the first of two"),
        pytest.param(
            {"reset_after_rate": 1, "server_error_rate": 1, "server_error_moment": "after"},
            Faults(error_after=True),
            id="the other first of two",
        ),
    ],
)
def test_what_is_sure_to_strike(switches: dict[str, Any], expected: Faults) -> None:
    assert drawn(**switches) == expected


@pytest.mark.parametrize(
    ("faults_on", "struck"),
    [("all", {Scope.SUBMIT, Scope.POLL}), ("submit", {Scope.SUBMIT}), ("poll", {Scope.POLL})],
)
def test_where_they_strike(faults_on: str, struck: set[Scope]) -> None:
    switches = {"reset_before_rate": 1, "body": "empty", "faults_on": faults_on}
    assert {scope for scope in (Scope.SUBMIT, Scope.POLL) if drawn(scope, **switches) != NONE} == struck


@pytest.mark.parametrize(
    ("rate", "name"),
    [
        ("delay_rate", "delay_before"),
        ("reset_before_rate", "reset_before"),
        ("reset_after_rate", "reset_after"),
        ("server_error_rate", "error_before"),
        ("slow_body_rate", "slow_body"),
    ],
)
def test_a_rate_is_a_share_of_requests(rate: str, name: str) -> None:
    switches, random = Switches.model_validate({rate: 0.3}), Random(1)
    hits = sum(bool(getattr(draw_faults(Scope.POLL, switches, random), name)) for _ in range(5000))
    assert hits == pytest.approx(1500, rel=0.1)
