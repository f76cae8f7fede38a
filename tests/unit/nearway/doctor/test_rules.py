"""Each rule of the doctor's: what is found of what was seen."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from discovery.about import About
from discovery.dials import Dial, key_of, value_of
from discovery.instance import Health, Instance
from discovery.query import Pair, Pairs, Service
from discovery.records import GATEWAYS, REGION_ENDPOINTS, WORKERS
from discovery.rights import POLICIES
from discovery.view import View
from nearway.doctor import consul, machine, registered, served
from nearway.doctor.consul import Agent
from nearway.doctor.finding import Finding, Level, ok, warning, worst, wrong
from nearway.doctor.machine import Certificate, Port, Tried
from nearway.doctor.served import Asked
from nearway.look.report import report_from
from tests.unit.nearway.look.saying import DIAL
from tests.unit.nearway.look.saying import region as row
from tests.unit.nearway.look.saying import regions as rows

WELL = About("10.0.0.1:8300", "", "1.18.2", "dc")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
OK, WARNING, WRONG = Level


def levels(found: Iterable[Finding]) -> list[tuple[str, Level]]:
    found = list(found)
    assert [one for one in found if (one.level is OK) != (one.mend is None)] == [], "what is not ok can be mended"
    return [(one.check, one.level) for one in found]


@pytest.mark.parametrize(
    ("about", "level", "told"),
    [
        (WELL, OK, "version 1.18.2, datacenter dc, with a leader"),
        (replace(WELL, version="1.8.7"), OK, "version 1.8.7"),
        (replace(WELL, version="1.7.9"), WRONG, "it is version 1.7.9"),
        (replace(WELL, version="?"), WRONG, "it is version ?"),
        (replace(WELL, leader=""), WRONG, "its servers have no leader"),
        (About("10.0.0.1:8300", "", refusal="403"), WARNING, "it does not tell its version: 403"),
    ],
    ids=str,
)
def test_a_consul_is_told_of_as_it_is(about: About, level: Level, told: str) -> None:
    (found,) = consul.of_agents([Agent("http://c", about)])
    assert (found.check, found.level) == ("consul http://c", level)
    assert found.what.startswith(told)


def test_one_address_that_is_silent_is_less_bad_than_all() -> None:
    silent = Agent("http://a", trouble="refused")
    assert levels(consul.of_agents([silent])) == [("consul http://a", WRONG)]
    both = [silent, Agent("http://b", WELL)]
    assert levels(consul.of_agents(both)) == [("consul http://a", WARNING), ("consul http://b", OK)]


@pytest.mark.parametrize(
    ("ahead", "level", "told"),
    [
        (0.4, OK, "it goes with"),
        (-2.0, OK, "it goes with"),
        (2.1, WARNING, "2 s ahead of that of c"),
        (-29.0, WARNING, "29 s behind that of c"),
        (31.0, WRONG, "31 s ahead of"),
        (-90_000.0, WRONG, "90000 s behind"),
    ],
)
def test_clocks_are_compared(ahead: float, level: Level, told: str) -> None:
    (found,) = consul.of_clock("c", ahead)
    assert found.level is level
    assert told in found.what
    assert list(consul.of_clock("c", None)) == []


def test_a_datacenter_that_is_silent_is_told_of_and_gateways_that_may_not_be_seen_are_not() -> None:
    view = View().answered(Service("a", WORKERS), (), 0.0).failed(Service("a", GATEWAYS), "the token may not")
    view = view.failed(Service("b", WORKERS), "no path").failed(Service("b", REGION_ENDPOINTS), "no path")
    assert levels(consul.of_datacenters(view)) == [("datacenter a", OK), ("datacenter b", WRONG)]
    assert list(consul.of_datacenters(view))[1].what == "no path"


def test_missing_rights_are_told_with_the_policy_that_has_them() -> None:
    found = list(consul.of_rights("gateway", {"a": (), "b": POLICIES["gateway"][-2:], "c": "no answer"}, has_token=True))
    assert [one.level for one in found] == [OK, WRONG, WARNING]
    assert "nearway/dials/" in found[1].what
    assert found[1].mend == "give it the policy deploy/consul/gateway.hcl"


def instance(service: str, name: str, health: Health = Health.PASSING, **meta: str) -> Instance:
    fields = {"region": "us", "slots": "5", "title": "US", "location": "1,2", "url": "http://10.0.0.1:81", "version": "1", **meta}
    return Instance("dc", "n", service, name, "10.0.0.1", 81, health, fields)


def view(*instances: Instance, share: float | None = None) -> View:
    dial = Dial(share or 0.0, NOW, "ann@host")
    kept = () if share is None else (Pair(key_of("us"), value_of(dial)),)
    made = View().answered(Pairs("dc", "nearway/dials/"), kept, 0.0)
    for service in (WORKERS, REGION_ENDPOINTS):
        made = made.answered(Service("dc", service), tuple(one for one in instances if one.service == service), 0.0)
    return made


END, WORKER = instance(REGION_ENDPOINTS, "e"), instance(WORKERS, "w")


@pytest.mark.parametrize(
    ("instances", "share", "level", "told"),
    [
        ((END, WORKER), None, OK, "its endpoint and 1 worker pass, with 5 slots"),
        ((END, WORKER), 0.5, OK, "its endpoint"),
        ((END, WORKER), 0.0, WARNING, "it is drained: its dial is 0, set by ann@host"),
        ((WORKER,), None, WRONG, "1 worker and no endpoint"),
        ((END,), None, WRONG, "it has no worker"),
        ((replace(END, health=Health.CRITICAL), WORKER), None, WRONG, "its endpoint does not pass its check"),
        ((END, replace(WORKER, health=Health.CRITICAL)), None, WRONG, "of its 1 worker none passes its check"),
        ((END, WORKER, instance(WORKERS, "x", Health.CRITICAL)), None, WARNING, "of its 2 workers 1 fail their checks"),
        ((END, WORKER, instance(WORKERS, "x", Health.WARNING)), None, WARNING, "of its 2 workers 1 are busy"),
        ((replace(END, health=Health.CRITICAL), END, WORKER), None, OK, "its endpoint"),
    ],
    ids=str,
)
def test_a_region_is_told_of_by_the_worst_of_it(
    instances: tuple[Instance, ...], share: float | None, level: Level, told: str
) -> None:
    (found,) = registered.of_regions(view(*instances, share=share))
    assert (found.check, found.level) == ("region us", level)
    assert found.what.startswith(told)


def test_no_region_at_all_is_wrong() -> None:
    assert levels(registered.of_regions(view())) == [("regions", WRONG)]


def test_what_is_left_out_and_gateways_are_told_of() -> None:
    assert levels(registered.of_left_out(view(instance(WORKERS, "odd", slots="many")))) == [("registration odd", WARNING)]
    gateways = [instance(GATEWAYS, "g"), instance(GATEWAYS, "h", Health.CRITICAL)]
    assert levels(registered.of_gateways(gateways)) == [("gateway g", OK), ("gateway h", WRONG)]


def test_versions_are_one_or_are_told_apart() -> None:
    (found,) = registered.of_versions("1", view(END, WORKER), [instance(GATEWAYS, "g")])
    assert (found.level, found.what) == (OK, "all are 1")
    (found,) = registered.of_versions("1", view(END, WORKER, instance(WORKERS, "x", version="")), [])
    assert found.level is OK, "a worker in another language tells none"
    (found,) = registered.of_versions("1", view(END, instance(WORKERS, "w", version="2")), [instance(GATEWAYS, "g", version="2")])
    assert (found.level, found.what) == (WARNING, "1: 1 renderer, this command; 2: 1 gateway, 1 worker")


def asked(*regions: dict[str, object], **more: object) -> Asked:
    return Asked("http://g", report_from(rows(*regions, **more)))


def test_a_gateway_is_told_of_as_it_is() -> None:
    dial = {"us": Dial(0.5, NOW, "ann")}
    assert levels(served.of_gateway(Asked("http://g", trouble="refused"), {})) == [("gateway http://g", WRONG)]
    assert levels(served.of_gateway(asked(row()), {})) == [("gateway http://g", OK)]
    assert levels(served.of_gateway(asked(), {})) == [("gateway http://g", WRONG)]
    assert levels(served.of_gateway(asked(row(state="unhealthy")), {})) == [("gateway http://g", WRONG)]
    old = asked(row(heard_seconds_ago=61.0), row("eu", heard_seconds_ago=None), row("ap", heard_seconds_ago=59.0))
    assert levels(served.of_gateway(old, {}))[1:] == [("view of us", WARNING), ("view of eu", WARNING)]
    assert levels(served.of_gateway(asked(row(dial=DIAL)), dial)) == [("gateway http://g", OK)]
    assert levels(served.of_gateway(asked(row()), dial)) == [("gateway http://g", OK), ("dials", WRONG)]
    assert levels(served.of_gateway(asked(row("eu")), dial)) == [("gateway http://g", OK)], "a dial of a region that is not there"


@pytest.mark.parametrize(("most", "level"), [(20_127, WARNING), (20_128, OK), (1024, WARNING), (64, WARNING)])
def test_open_files_are_enough_or_not(most: int, level: Level) -> None:
    assert machine.of_files(most).level is level


@pytest.mark.parametrize(
    ("program", "held_by", "level"),
    [
        ("gateway", "process 7: /usr/bin/python3 -m gateway", OK),
        ("gateway", "process 7: /opt/venv/bin/python /opt/venv/bin/nearway gateway", OK),
        ("worker", "process 7: /usr/bin/python3 -m gateway", WRONG),
        ("gateway", "process 7: /usr/bin/python3 serve.py gateway", WRONG),
        ("renderer", "process 7: nginx: master process nginx -e stderr", OK),
        ("gateway", None, WRONG),
    ],
)
def test_a_port_that_is_taken_is_well_taken_only_by_the_program_itself(program: str, held_by: str | None, level: Level) -> None:
    found = machine.of_port(Port(program, "127.0.0.1:8000", "PORT", "Address already in use", held_by))
    assert found.level is level
    assert (held_by or "can't listen") in found.what
    assert machine.of_port(Port(program, "127.0.0.1:8000", "PORT")).level is OK


@pytest.mark.parametrize(
    ("left", "level"), [(timedelta(0), WRONG), (timedelta(days=20), WARNING), (timedelta(days=21), OK), (None, WRONG)], ids=str
)
def test_a_certificate_is_to_last(left: timedelta | None, level: Level) -> None:
    found = machine.of_certificate(Certificate("TLS_CERTIFICATE", "a.crt", None if left is None else NOW + left, "no PEM"), NOW)
    assert (found.check, found.level) == ("certificate a.crt", level)
    assert found.what.startswith("TLS_CERTIFICATE: ")


def test_what_programs_say_of_settings_and_accounts_is_told() -> None:
    assert levels(machine.of_settings(Tried("gateway", 0, "they can be used\n"))) == [("settings of the gateway", OK)]
    found = list(machine.of_settings(Tried("gateway", 2, "PORT: no\n\nHOST: no\n")))
    assert [(one.level, one.what) for one in found] == [(WRONG, "PORT: no"), (WRONG, "HOST: no")]
    (silent,) = machine.of_settings(Tried("gateway", -9, ""))
    assert silent.what == "it ended with status -9 and said nothing"
    assert [machine.of_account(Tried("account", status, "5 threads\n")).level for status in (0, 1)] == [OK, WRONG]


@pytest.mark.parametrize(
    ("status", "said", "level"),
    [
        (0, "[]", OK),
        (2, "nearway tasks: LEDGER_URL is none: there is no ledger to read", WARNING),
        (1, "nearway tasks: the ledger in l can't be read: there is no such file", WARNING),
        (1, "nearway tasks: the ledger in db can't be read: refused", WRONG),
    ],
)
def test_the_ledger_is_told_of(status: int, said: str, level: Level) -> None:
    assert machine.of_ledger(Tried("ledger", status, said)).level is level


def test_the_worst_counts() -> None:
    assert worst([]) is OK
    assert worst([wrong("a", "", ""), ok("b", ""), warning("c", "", "")]) is WRONG
    assert worst([ok("b", ""), warning("c", "", "")]) is WARNING
