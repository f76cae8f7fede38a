import pytest

from discovery.instance import Health, Instance
from discovery.query import Service
from discovery.records import GATEWAYS
from discovery.view import View
from gateway.sharing import gateways, leaves_it


@pytest.mark.parametrize(
    ("held", "count", "often"),
    [(40, 1, 0.0), (40, 2, 0.125), (30, 2, 1 / 12), (20, 2, 0.0), (5, 2, 0.0), (1, 2, 0.0), (40, 100, 0.2475)],
)
def test_the_more_it_is_above_its_share_the_more_often_it_leaves_one(held: int, count: int, often: float) -> None:
    left = sum(leaves_it(held, 40, count, step / 10_000) for step in range(10_000))
    assert left / 10_000 == pytest.approx(often, abs=1e-3)


def test_of_a_region_that_is_gone_nothing_goes_wrong() -> None:
    assert not leaves_it(1, 0, 2, 0.9)


def gateway(name: str, health: Health) -> Instance:
    return Instance("dc", "n", GATEWAYS, name, "10.0.0.1", 80, health, {})


def test_gateways_that_pass_in_all_datacenters_are_counted_and_one_is_there_for_sure() -> None:
    assert gateways(View()) == 1
    here, there = Service("dc1", GATEWAYS), Service("dc2", GATEWAYS)
    view = View().answered(here, (gateway("a", Health.PASSING), gateway("b", Health.CRITICAL)), 0.0)
    assert gateways(view) == 1
    assert gateways(view.answered(there, (gateway("c", Health.PASSING),), 0.0)) == 2
