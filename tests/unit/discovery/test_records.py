from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery import registration
from discovery.instance import Health, Instance
from discovery.records import RegionEndpoint, Rejected, Worker, as_region_endpoint, as_worker, sift

META = {"region": "us-east", "slots": "20", "weight": "2", "backup": "false", "resumable": "true", "version": "0.1.0"}
WORKER = Instance("dc1", "n1", "solver", "solver-us-east-10.0.0.1-80", "10.0.0.1", 80, Health.PASSING, META)
ENDPOINT = Instance(
    "dc1", "n1", "nearway-region", "r1", "10.0.0.1", 8081, Health.PASSING,
    {"region": "us-east", "title": "US East", "location": "38.9,-77.4", "url": "http://10.0.0.1:8081"},
)  # fmt: skip


def test_a_worker_is_what_its_registration_says() -> None:
    worker = as_worker(WORKER)
    assert isinstance(worker, Worker)
    assert (worker.region, worker.address, worker.slots, worker.weight) == ("us-east", "10.0.0.1:80", 20, 2)
    assert (worker.backup, worker.resumable, worker.health) == (False, True, Health.PASSING)


def test_a_worker_that_tells_nothing_of_itself_is_taken_for_the_least() -> None:
    worker = as_worker(replace(WORKER, meta={"region": "us-east"}))
    assert isinstance(worker, Worker)
    assert (worker.slots, worker.weight, worker.backup, worker.resumable, worker.tls) == (1, 1, False, False, False)


def test_an_ipv6_address_is_bracketed() -> None:
    worker = as_worker(replace(WORKER, address="2001:db8::1"))
    assert isinstance(worker, Worker)
    assert worker.address == "[2001:db8::1]:80"


def test_a_registration_that_stays_is_the_same_record_and_one_that_changes_is_another() -> None:
    found = as_worker(WORKER)
    assert as_worker(WORKER) is found
    changed = as_worker(replace(WORKER, meta={**META, "slots": "21"}))
    assert isinstance(changed, Worker)
    assert changed.slots == 21


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"address": "worker.example"}, "IP address"),
        ({"address": "10.0.0.1; } evil"}, "IP address"),
        ({"address": "fe80::1%;evil"}, "IP address"),
        ({"port": 0}, "Port"),
        ({"port": 99_999}, "Port"),
        ({"id": "a\nb"}, "ID"),
        ({"meta": {}}, "region"),
        ({"meta": {**META, "region": "US East"}}, "region"),
        ({"meta": {**META, "region": "us-east\n"}}, "region"),
        ({"meta": {**META, "slots": "0"}}, "slots"),
        ({"meta": {**META, "slots": "-1"}}, "slots"),
        ({"meta": {**META, "slots": "²"}}, "slots"),
        ({"meta": {**META, "slots": "1e3"}}, "slots"),
        ({"meta": {**META, "weight": "65536"}}, "weight"),
        ({"meta": {**META, "backup": "yes"}}, "backup"),
        ({"meta": {**META, "resumable": ""}}, "resumable"),
        ({"meta": {**META, "tls": "https"}}, "tls"),
        ({"meta": {**META, "version": "\x1b[2J"}}, "version"),
    ],
    ids=lambda value: str(value),
)
def test_what_is_not_as_it_must_be_is_left_out_with_the_reason(change: dict[str, Any], reason: str) -> None:
    rejected = as_worker(replace(WORKER, **change))
    assert isinstance(rejected, Rejected)
    assert reason in rejected.reason


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("location", "north"), ("location", "91,0"), ("location", "0,181"), ("location", "nan,0"), ("location", "1,2,3"),
        ("url", "ftp://a"), ("url", "http://"), ("url", "http://a/b"), ("url", "http://a b"), ("url", "http://u:p@a"),
        ("url", "http://a:99999"), ("url", "http://a\r\nX: y"), ("title", "a\u202eb"),
    ],
)  # fmt: skip
def test_an_endpoint_that_can_not_be_used_is_left_out(key: str, value: str) -> None:
    assert isinstance(as_region_endpoint(replace(ENDPOINT, meta={**ENDPOINT.meta, key: value})), Rejected)


def test_an_endpoint_is_what_its_registration_says() -> None:
    endpoint = as_region_endpoint(ENDPOINT)
    assert isinstance(endpoint, RegionEndpoint)
    assert (endpoint.location, endpoint.url, endpoint.title) == ((38.9, -77.4), "http://10.0.0.1:8081", "US East")


anything = st.text(max_size=30)


@given(anything, anything, st.integers(), st.dictionaries(st.sampled_from(sorted(META)) | anything, anything))
def test_no_registration_is_too_odd_to_be_sorted(identity: str, address: str, port: int, meta: dict[str, str]) -> None:
    hostile = Instance("dc1", "n1", "solver", identity, address, port, Health.PASSING, meta)
    workers, rejected = sift([WORKER, hostile], as_worker)
    assert len(workers) + len(rejected) == 2
    assert all(set(worker.address) <= set("0123456789abcdef:.[]") for worker in workers)


@given(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True), st.ip_addresses(), st.integers(1, 65_535),
    st.integers(1, 100_000), st.integers(1, 65_535), st.booleans(), st.booleans(),
)  # fmt: skip
def test_what_we_register_is_what_is_read(
    region: str, host: Any, port: int, slots: int, weight: int, backup: bool, resumable: bool
) -> None:
    made = registration.worker(
        region, str(host), port, slots=slots, weight=weight, backup=backup, resumable=resumable, version="1"
    )
    seen = as_worker(Instance("dc1", "n", made.name, made.id, made.address, made.port, Health.PASSING, made.meta))
    assert isinstance(seen, Worker)
    assert (seen.region, seen.host, seen.port, seen.slots) == (region, str(host), port, slots)
    assert (seen.weight, seen.backup, seen.resumable) == (weight, backup, resumable)
