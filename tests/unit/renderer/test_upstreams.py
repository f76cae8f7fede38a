import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.instance import Health, Instance
from discovery.query import Service
from discovery.view import Unknown, View
from renderer.region import Region, Strategy, read_region
from renderer.tls import Workers
from renderer.upstreams import TAKES_BACKUP, Server, Upstreams, upstreams

REGION = read_region(Path(__file__).parents[3] / "regions" / "us-east.toml")


def instance(
    address: str = "10.0.0.1",
    port: int = 9101,
    *,
    health: Health = Health.PASSING,
    name: str | None = None,
    node: str = "n",
    meta: Mapping[str, str] | None = None,
) -> Instance:
    told = {"region": "us-east", "slots": "2", "weight": "3", "resumable": "true", **(meta or {})}
    return Instance("us-east", node, "solver", name or f"solver-{address}-{port}", address, port, health, told)


def known(*instances: Instance) -> View:
    return View().answered(Service("us-east", "solver"), instances, now=0.0)


def chosen(*instances: Instance, region: Region = REGION) -> Upstreams:
    found = upstreams(known(*instances), region)
    assert isinstance(found, Upstreams)
    return found


def using(strategy: Strategy) -> Region:
    return REGION.model_copy(update={"balancer": REGION.balancer.model_copy(update={"strategy": strategy})})


def test_no_answer_is_not_no_workers() -> None:
    assert isinstance(upstreams(View(), REGION), Unknown)
    assert isinstance(upstreams(View().failed(Service("us-east", "solver"), "no leader"), REGION), Unknown)
    assert upstreams(known(), REGION) == Upstreams(())


def test_what_was_known_stays_while_consul_is_away() -> None:
    assert upstreams(known(instance()).failed(Service("us-east", "solver"), "gone"), REGION) == chosen(instance())


def test_another_datacenters_answer_is_none_of_ours() -> None:
    assert isinstance(upstreams(View().answered(Service("eu-west", "solver"), (instance(),), 0.0), REGION), Unknown)


def test_all_that_nginx_needs_is_taken_from_the_registration() -> None:
    found = chosen(instance(meta={"slots": "20", "weight": "5", "resumable": "false"}), instance(port=9102))
    assert found.servers == (Server("10.0.0.1:9101", 20, 5, resumable=False), Server("10.0.0.1:9102", 2, 3))
    assert found.resumable == (Server("10.0.0.1:9102", 2, 3),)


@pytest.mark.parametrize(("health", "there"), [(Health.PASSING, True), (Health.WARNING, True), (Health.CRITICAL, False)])
def test_workers_that_pass_or_warn_are_there(health: Health, there: bool) -> None:
    assert bool(chosen(instance(health=health)).servers) is there


def test_another_region_of_the_same_datacenter_is_left_out_without_a_word() -> None:
    assert chosen(instance(meta={"region": "us-west"}), instance(port=0, meta={"region": "us-west"})) == Upstreams(())


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (instance(address="worker.internal"), "Address 'worker.internal' is not an IP address"),
        (instance(address="10.0.0.1; } evil {"), "is not an IP address"),
        (instance(address="fe80::1%;evil"), "is not an IP address"),
        (instance(port=0), "Port '0' is not a whole number"),
        (instance(meta={"slots": "2 backup"}), "slots '2 backup' is not a whole number"),
        (instance(meta={"weight": "0"}), "weight '0' is not a whole number"),
        (instance(meta={"backup": "yes"}), "backup 'yes' is not"),
        (instance("127.0.0.1", 8081), "is the region's own endpoint"),
    ],
)
def test_a_wrong_registration_is_left_out_and_told(wrong: Instance, reason: str) -> None:
    found = chosen(wrong, instance(port=9102))
    assert [server.address for server in found.servers] == ["10.0.0.1:9102"]
    (told,) = found.told
    assert told.id == wrong.id
    assert reason in told.reason


def test_only_workers_that_speak_as_nginx_does_to_them_are_there() -> None:
    plain, tls = instance(port=1), instance(port=2, meta={"tls": "true"})
    found = chosen(plain, tls)
    assert [server.address for server in found.servers] == ["10.0.0.1:1"]
    assert [(one.id, one.reason) for one in found.told] == [
        (tls.id, "10.0.0.1:2 speaks TLS, and the region file has no [workers]")
    ]
    found = chosen(plain, tls, region=REGION.model_copy(update={"workers": Workers(ca=Path("ca.pem"), name="w.example")}))
    assert [server.address for server in found.servers] == ["10.0.0.1:2"]
    (told,) = found.told
    assert (told.id, "[workers]" in told.reason, "`tls` = `true`" in told.reason) == (plain.id, True, True)


def test_a_registration_that_names_no_region_is_told() -> None:
    nameless = Instance("us-east", "n", "solver", "x", "10.0.0.1", 1, Health.PASSING)
    assert [told.id for told in chosen(nameless).told] == ["x"]


def test_an_address_registered_twice_is_one_server_and_told() -> None:
    found = chosen(instance(name="b", node="n2"), instance(name="a", node="n1"))
    assert [server.address for server in found.servers] == ["10.0.0.1:9101"]
    assert [(told.id, told.reason) for told in found.told] == [("b", "10.0.0.1:9101 is registered already, as a")]


def test_an_address_written_in_two_ways_is_one_server() -> None:
    assert [server.address for server in chosen(instance("::1"), instance("0:0::1")).servers] == ["[::1]:9101"]


def test_backups_come_last() -> None:
    found = chosen(instance(port=1, meta={"backup": "true"}), instance(port=2), instance(port=3, meta={"backup": "true"}))
    assert [(server.address[-1], server.backup) for server in found.servers] == [("2", False), ("1", True), ("3", True)]
    assert found.told == ()


def test_the_backup_of_nothing_is_a_primary() -> None:
    assert [server.backup for server in chosen(instance(meta={"backup": "true"})).servers] == [False]


@pytest.mark.parametrize("strategy", sorted(set(Strategy) - TAKES_BACKUP))
def test_a_backup_that_nginx_would_refuse_is_told_and_serves_like_the_others(strategy: Strategy) -> None:
    found = chosen(instance(port=1, meta={"backup": "true"}), instance(port=2), region=using(strategy))
    assert [server.backup for server in found.servers] == [False, False]
    (told,) = found.told
    assert told.id == "solver-10.0.0.1-1"
    assert strategy in told.reason


NUMBERS = st.integers(1, 4)


@given(st.lists(st.builds(instance, port=NUMBERS, node=NUMBERS.map(str), name=NUMBERS.map(str)), max_size=8), st.randoms())
def test_the_same_instances_in_any_order_give_the_same_servers(instances: list[Instance], chance: random.Random) -> None:
    shuffled = list(instances)
    chance.shuffle(shuffled)
    assert chosen(*shuffled).servers == chosen(*instances).servers


def test_addresses_are_in_the_order_of_numbers_not_of_letters() -> None:
    found = chosen(instance("10.0.0.10"), instance("10.0.0.9"), instance("::1"), instance("10.0.0.9", 80))
    assert [server.address for server in found.servers] == ["10.0.0.9:80", "10.0.0.9:9101", "10.0.0.10:9101", "[::1]:9101"]
