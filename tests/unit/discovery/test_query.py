from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.query import Datacenters, Key, Named, Node, Nodes, Pair, Pairs, Query, Service, Services


def entry(name: str) -> dict[str, Any]:
    service = {"ID": name, "Service": "solver", "Address": "10.0.0.1", "Port": 80, "Tags": ["b", "a"]}
    return {"Node": {"Node": "n1", "Address": "10.0.0.9", "Meta": {"rack": "7"}}, "Service": service, "Checks": []}


def node(name: str) -> dict[str, Any]:
    return {"Node": name, "Address": "10.0.0.9", "Datacenter": "dc1", "Meta": None}


@given(st.permutations("abcd"))
def test_the_order_of_an_answer_does_not_count(names: list[str]) -> None:
    assert [one.id for one in Service("dc1", "solver").read([entry(name) for name in names])] == ["a", "b", "c", "d"]
    assert [one.name for one in Nodes("dc1").read([node(name) for name in names])] == ["a", "b", "c", "d"]
    assert Datacenters().read(names) == ("a", "b", "c", "d")
    assert Services("dc1").read({name: ["y", "x"] for name in names})[0] == Named("a", ("x", "y"))
    assert [pair.key for pair in Pairs("dc1").read([{"Key": name, "Value": b""} for name in names])] == ["a", "b", "c", "d"]


@given(st.permutations("abcd"))
def test_nearness_is_an_order_that_counts_but_is_no_news(names: list[str]) -> None:
    near, nodes = Service("dc1", "solver", "_agent"), Nodes("dc1", "_agent")
    answer, others = near.read([entry(name) for name in names]), nodes.read([node(name) for name in names])
    assert [one.id for one in answer] == [one.name for one in others] == names
    assert near.same(answer, near.read([entry(name) for name in "abcd"]))
    assert nodes.same(others, nodes.read([node(name) for name in "abcd"]))
    assert not near.same(answer, answer[:-1])
    assert not nodes.same(others, others[:-1])


def test_an_instance_tells_of_its_tags_and_its_node() -> None:
    (one,) = Service("dc1", "solver").read([entry("a")])
    assert (one.tags, one.node_address, one.node_meta) == (("a", "b"), "10.0.0.9", {"rack": "7"})


def test_a_node_is_read() -> None:
    assert Nodes("dc1").read([{**node("a"), "Meta": {"k": "v"}}]) == (Node("a", "10.0.0.9", "dc1", (("k", "v"),)),)


@pytest.mark.parametrize(("value", "text"), [(b"on", "on"), (None, ""), (b"\xff", "\ufffd"), ("é".encode(), "é")])
def test_a_value_is_text(value: bytes | None, text: str) -> None:
    assert Key("dc1", "a").read({"Key": "a", "Value": value}) == Pair("a", text)


def test_a_key_that_is_not_there_is_none_and_no_keys_are_no_keys() -> None:
    assert Key("dc1", "a").read(None) is None
    assert Pairs("dc1", "a").read(None) == ()


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (Service("dc1", "s"), None),
        (Services("dc1"), ["a"]),
        (Services("dc1"), {"a": None}),
        (Nodes("dc1"), {"Node": "a"}),
        (Nodes("dc1"), [{"Node": "a"}]),
        (Datacenters(), None),
        (Key("dc1", "a"), [1]),
        (Pairs("dc1", "a"), [{"Key": "a"}]),
    ],
    ids=str,
)
def test_an_answer_of_another_shape_is_an_error_and_not_nothing(query: Query[Any], body: object) -> None:
    with pytest.raises(ValueError, match="Consul answered"):
        query.read(body)


def test_the_same_question_is_one_and_another_datacenter_makes_another() -> None:
    assert len({Service("dc1", "s"), Service(name="s").at("dc1"), Service("dc2", "s"), Key("dc1", "s")}) == 3


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (Service("dc1", "solver"), "solver in dc1"),
        (Key(None, "a/b"), "key a/b"),
        (Pairs("dc1", "a/"), "keys under a/ in dc1"),
        (Datacenters(), "datacenters"),
    ],
)
def test_a_log_can_name_it(query: Query[Any], text: str) -> None:
    assert str(query) == text
