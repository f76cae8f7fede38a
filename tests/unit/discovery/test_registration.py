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


def test_over_tls_the_check_asks_whether_somebody_answers_and_not_who() -> None:
    wanted = registration.worker("us-east", "10.0.0.1", 9101, slots=20, version="0.1.0", tls=True)
    assert (wanted.id, wanted.meta) == (WANTED.id, {**WANTED.meta, "tls": "true"})
    assert wanted.check() == {**WANTED.check(), "HTTP": "https://10.0.0.1:9101/ready", "TLSSkipVerify": True}
    endpoint = registration.region_endpoint("r", "R", (0, 0), "https://r:1", "r", 1, "https://r:1/region")
    gateway = registration.gateway("10.0.0.1", 80, version="1", tls=True)
    assert [one.check()["TLSSkipVerify"] for one in (endpoint, gateway)] == [True, True]
    assert gateway.check_url == "https://10.0.0.1:80/ready"


def test_a_worker_that_came_back_with_tls_is_registered_again() -> None:
    assert not held_by(HELD, registration.worker("us-east", "10.0.0.1", 9101, slots=20, version="0.1.0", tls=True))


def test_what_the_agent_holds_is_known_again() -> None:
    assert held_by(HELD, WANTED)


@pytest.mark.parametrize(
    "agents",
    [
        {},
        {**HELD, "Port": 1},
        {**HELD, "Meta": {**HELD["Meta"], "slots": "9"}},
        {**HELD, "Tags": None},
        {**HELD, "Address": ""},
    ],
)
def test_what_differs_is_registered_again(agents: dict[str, Any]) -> None:
    assert not held_by(agents, WANTED)


def test_a_state_that_is_reported_counts_for_its_time_and_the_agent_asks_nobody() -> None:
    wanted = registration.worker("us-east", "10.0.0.1", 9101, slots=20, version="0.1.0", ttl=9.0)
    assert wanted.check() == {"Name": "ready", "TTL": "9s", "DeregisterCriticalServiceAfter": "1m"}
    assert (wanted.id, wanted.meta) == (WANTED.id, WANTED.meta)
