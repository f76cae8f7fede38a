from typing import Any

import pytest

from discovery.instance import Health, parse_instances, worst


@pytest.mark.parametrize(
    ("statuses", "health"),
    [
        ([], Health.PASSING),
        (["passing", "passing"], Health.PASSING),
        (["passing", "warning"], Health.WARNING),
        (["warning", "critical", "passing"], Health.CRITICAL),
        (["passing", "maintenance"], Health.CRITICAL),
    ],
)
def test_the_worst_check_decides(statuses: list[str], health: Health) -> None:
    assert worst(statuses) is health


def entry(service_id: str = "s1", **service: object) -> dict[str, Any]:
    return {
        "Node": {"Node": "n1", "Address": "10.0.0.9"},
        "Service": {"ID": service_id, "Service": "solver", "Address": "10.0.0.1", "Port": 80, "Meta": {"a": "b"}, **service},
        "Checks": [{"Status": "passing"}, {"Status": "warning"}],
    }


def test_an_entry_is_read() -> None:
    (one,) = parse_instances("dc1", [entry()])
    assert (one.key, one.address, one.port, one.health, one.meta) == (
        ("dc1", "n1", "s1"), "10.0.0.1", 80, Health.WARNING, {"a": "b"},
    )  # fmt: skip


def test_a_service_without_an_address_is_at_its_node() -> None:
    assert parse_instances("dc1", [entry(Address="")])[0].address == "10.0.0.9"


def test_without_a_datacenter_it_is_where_its_node_is() -> None:
    one = entry()
    one["Node"]["Datacenter"] = "dc9"
    assert parse_instances(None, [one])[0].datacenter == "dc9"


def test_no_meta_is_no_meta() -> None:
    assert parse_instances("dc1", [entry(Meta=None)])[0].meta == {}


@pytest.mark.parametrize("answer", [None, {}, "x", [1], [{}], [{"Node": {}, "Service": {}}], [{**entry(), "Checks": [1]}]])
def test_an_answer_of_another_shape_is_an_error_and_not_nobody(answer: object) -> None:
    with pytest.raises(ValueError, match="Consul answered"):
        parse_instances("dc1", answer)
