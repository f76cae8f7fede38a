from typing import Any

import pytest

from discovery import registration
from discovery.registration import held_by

WANTED = registration.worker("us-east", "10.0.0.1", 9101, slots=20, version="0.1.0")
HELD: dict[str, Any] = {
    "ID": WANTED.id, "Service": "solver", "Tags": ["us-east"], "Meta": dict(WANTED.meta), "Port": 9101, "Address": "10.0.0.1",
}  # fmt: skip


def test_a_worker_registers_as_the_contract_says() -> None:
    assert WANTED.id == "solver-us-east-10.0.0.1-9101"
    assert dict(WANTED.meta) == {
        "region": "us-east", "slots": "20", "weight": "1", "backup": "false", "resumable": "true", "version": "0.1.0",
    }  # fmt: skip
    assert WANTED.check() == {
        "Name": "ready", "HTTP": "http://10.0.0.1:9101/ready", "Interval": "1s", "Timeout": "1s",
        "DeregisterCriticalServiceAfter": "1m",
    }  # fmt: skip


def test_what_the_agent_holds_is_known_again() -> None:
    assert held_by(HELD, WANTED)


@pytest.mark.parametrize(
    "agents",
    [
        None,
        {},
        {**HELD, "Port": 1},
        {**HELD, "Meta": {**HELD["Meta"], "slots": "9"}},
        {**HELD, "Tags": None},
        {**HELD, "Address": ""},
    ],
)
def test_what_differs_is_registered_again(agents: dict[str, Any] | None) -> None:
    assert not held_by(agents, WANTED)
