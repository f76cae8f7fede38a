import re
from pathlib import Path

import pytest

from discovery.query import Coordinates, Datacenters, Key, Nodes, OwnDatacenter, Pairs, Query, Rights, Service, Services
from discovery.registration import service_of
from discovery.rights import NODES, POLICIES, Right, lacking, reads, refused, told, writes

POLICY_FILES = Path(__file__).resolve().parents[3] / "deploy" / "consul"
RULE = re.compile(r'^(service|node|key|agent)(_prefix)? "([^"]*)" { policy = "(read|write)" }$', re.MULTILINE)


def rules(text: str) -> list[Right]:
    """The rules of a policy."""
    return [Right(kind, of, access) for kind, _, of, access in RULE.findall(text)]


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_file_holds_the_rights_that_its_program_needs_and_no_others(name: str) -> None:
    text = (POLICY_FILES / f"{name}.hcl").read_text()
    stated = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert sorted(map(str, POLICIES[name])) == sorted(stated)
    assert sorted(map(str, rules(text))) == sorted(stated)


@pytest.mark.parametrize(
    ("right", "rule"),
    [
        (writes("solver"), 'service "solver" { policy = "write" }'),
        (reads(""), 'service_prefix "" { policy = "read" }'),
        (NODES, 'node_prefix "" { policy = "read" }'),
        (Right("key", "nearway/dials/", "write"), 'key_prefix "nearway/dials/" { policy = "write" }'),
    ],
)
def test_a_right_is_shown_as_its_rule(right: Right, rule: str) -> None:
    assert str(right) == rule


def test_what_is_missing_is_told_with_the_rule_and_the_files_it_stands_in() -> None:
    said = told((reads("nearway-region"), NODES), has_token=True)
    assert "the token may not read service" in said
    assert 'service "nearway-region" { policy = "read" }` in deploy/consul/gateway.hcl, deploy/consul/dial.hcl' in said
    assert 'node_prefix "" { policy = "read" }` in deploy/consul/renderer.hcl' in said


def test_the_rule_that_is_told_is_the_policys_though_more_than_it_needs_is_asked_for() -> None:
    said = told((Right("key", "nearway/dials/us-east", "write"),), has_token=True)
    assert (
        'may not write key "nearway/dials/us-east" (`key_prefix "nearway/dials/" { policy = "write" }` in deploy/consul/dial.hcl)'
        in said
    )


def test_what_stands_in_no_policy_of_ours_is_told_as_a_rule() -> None:
    assert '(`key_prefix "a/b" { policy = "read" }`)' in told((Right("key", "a/b", "read"),), has_token=True)


def test_who_has_no_token_is_told_so() -> None:
    assert told((NODES,), has_token=False).startswith("no CONSUL_HTTP_TOKEN is set, and who shows none may not read nodes")


def test_a_token_that_is_not_known_is_no_missing_right() -> None:
    said = refused("403 rpc error making call: ACL not found", (NODES,), has_token=True)
    assert "no such token" in said
    assert "node_prefix" not in said


def test_a_refusal_says_what_consul_said_and_what_is_missing() -> None:
    said = refused("403 Permission denied", (writes("solver"),), has_token=True)
    assert said.startswith("403 Permission denied: the token may not write service")
    assert "deploy/consul/worker.hcl" in said


@pytest.mark.parametrize(
    ("query", "needs"),
    [
        (Service("dc1", "solver"), {reads("solver"), NODES}),
        (Services("dc1"), {reads("")}),
        (Nodes("dc1"), {NODES}),
        (Key("dc1", "a/b"), {Right("key", "a/b", "read")}),
        (Pairs("dc1", "a/"), {Right("key", "a/", "read")}),
        (OwnDatacenter(), {Right("agent", "", "read")}),
        (Datacenters(), set()),
        (Coordinates(), set()),
    ],
    ids=lambda one: "" if isinstance(one, set) else str(one),
)
def test_a_question_knows_what_it_takes_to_be_answered_truly(query: Query[object], needs: set[Right]) -> None:
    assert set(query.needs) == needs


def test_consuls_word_on_rights_is_read_in_the_order_asked() -> None:
    wanted = (reads("solver"), NODES)
    asked = Rights("dc1", wanted).asked()
    assert asked == [
        {"Resource": "service", "Segment": "solver", "Access": "read"},
        {"Resource": "node", "Segment": "", "Access": "read"},
    ]
    assert Rights("dc1", wanted).read([{**one, "Allow": one["Resource"] == "node"} for one in asked]) == (reads("solver"),)
    assert Rights("dc1", wanted).read(None) == ()


@pytest.mark.parametrize("body", [[], [{}], [{"Allow": True}] * 3, {"a": 1}])
def test_a_word_on_other_rights_is_an_error(body: object) -> None:
    with pytest.raises(ValueError, match="Consul answered rights"):
        Rights("dc1", (reads("solver"), NODES)).read(body)


def test_who_lacks_nothing_lacks_nothing() -> None:
    assert lacking((NODES,), (True,)) == ()


@pytest.mark.parametrize(
    ("service_id", "name"),
    [("solver-us-east-10.0.0.1-80", "solver"), ("nearway-region-solver-a-1", "nearway-region"), ("web", "web")],
)
def test_of_which_service_an_id_is(service_id: str, name: str) -> None:
    assert service_of(service_id) == name
