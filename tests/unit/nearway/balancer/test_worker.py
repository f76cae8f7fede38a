"""Workers as they are given, and as Consul tells of them; and what a balancer can't be told to do."""

from collections.abc import Callable

import pytest

from discovery.instance import Health, Instance
from discovery.query import Datacenters, Service
from discovery.view import View
from nearway import AsyncBalancer, Balancer, Worker
from nearway.balancer.joining import has_all, trouble
from nearway.balancer.worker import given, instances, registered


def instance(number: int, health: Health = Health.PASSING, **meta: str) -> Instance:
    return Instance("dc1", "n", "mine", f"w{number}", f"10.0.0.{number}", 9101, health, {"region": "eu-west", **meta})


def test_those_that_take_tasks_are_chosen_from_all_datacenters() -> None:
    here = (
        instance(1, slots="20", weight="3", resumable="true"),
        instance(2, Health.WARNING, tls="true", backup="true"),
        instance(3, Health.CRITICAL),
        instance(4, slots="many"),
    )
    view = View().answered(Service("dc1", "mine"), here, 0.0).answered(Service("dc2", "mine"), (instance(5),), 0.0)
    assert registered(view, "mine") == (
        Worker("http://10.0.0.1:9101", 20, 3, "eu-west"),
        Worker("http://10.0.0.5:9101", 1, 1, "eu-west", resumable=False),
        Worker("https://10.0.0.2:9101", 1, 1, "eu-west", resumable=False, backup=True),
    )
    assert registered(view, "solver") == ()
    assert len(instances(view, "mine")) == 5


def test_urls_and_workers_can_be_mixed() -> None:
    assert given(["http://a:1/", Worker("http://b:1", 3)]) == (Worker("http://a:1"), Worker("http://b:1", 3))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: AsyncBalancer(), "one of the two"),
        (lambda: AsyncBalancer(["http://a:1"], consul="127.0.0.1:8500"), "one of the two"),
        (lambda: AsyncBalancer([]), "name at least one"),
        (lambda: AsyncBalancer("http://a:1"), "is a list"),
        (lambda: AsyncBalancer(["http://a:1", "http://a:1/"]), "twice"),
        (lambda: AsyncBalancer(["a:1"]), "is not like http"),
        (lambda: AsyncBalancer(["http://a:1/solve"]), "no path"),
        (lambda: AsyncBalancer(["http://a:1"], near="EU"), "region 'EU'"),
        (lambda: AsyncBalancer(["http://a:1"], strategy="fastest"), "least, round-robin, weighted, random, hash"),  # type: ignore[arg-type]
        (lambda: AsyncBalancer(["http://a:1"], strategy="hash"), "affinity"),
        (lambda: AsyncBalancer(["http://a:1"], affinity=str), "affinity"),
        (lambda: AsyncBalancer(["http://a:1"], token="short"), "openssl rand"),
        (lambda: AsyncBalancer(consul="ftp://c:1"), "CONSUL_HTTP_ADDR"),
        (lambda: Balancer([]), "name at least one"),
        (lambda: Worker("http://a:1", slots=0), "slots"),
        (lambda: Worker("http://a:1", weight=0), "weight"),
    ],
)
def test_what_can_not_be_meant_is_told(make: Callable[[], object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()


def test_all_datacenters_are_waited_for_but_not_one_that_can_not_be_asked() -> None:
    view = View()
    assert not has_all(view, "mine")
    assert trouble(view, "mine") == "Consul has not answered yet"
    view = view.answered(Datacenters(), ("dc1", "dc2"), 0.0).answered(Service("dc1", "mine"), (instance(1),), 0.0)
    assert not has_all(view, "mine")
    assert has_all(view.answered(Service("dc2", "mine"), (), 0.0), "mine")
    assert has_all(view.failed(Service("dc2", "mine"), "no path"), "mine")
    assert trouble(view.failed(Service("dc2", "mine"), "no path"), "mine") == "no path"
    assert trouble(view.failed(Datacenters(), "refused"), "mine") == "refused"
    assert trouble(view, "mine") == "none of the 1 that are registered as mine is well"
