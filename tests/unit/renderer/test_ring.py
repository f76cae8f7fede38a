import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.ring import as_nginx_writes, ring


@given(st.lists(st.integers(1, 65_535), min_size=1, max_size=30, unique=True), st.data())
def test_from_any_worker_the_ring_leads_to_every_other_once_and_back(ports: list[int], data: st.DataObject) -> None:
    addresses = [f"10.0.0.1:{port}" for port in ports]
    after = dict(ring(addresses))
    start = data.draw(st.sampled_from(addresses))
    seen = [start]
    while (following := after[seen[-1]]) != start:
        seen.append(following)
    assert sorted(seen) == sorted(addresses)


def test_a_worker_alone_comes_after_itself() -> None:
    assert list(ring(["10.0.0.1:1"])) == [("10.0.0.1:1", "10.0.0.1:1")]


def test_without_workers_there_is_no_ring() -> None:
    assert list(ring([])) == []


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("10.0.0.1:80", "10.0.0.1:80"),
        ("[::1]:80", "[::1]:80"),
        ("[2001:db8::1]:80", "[2001:db8::1]:80"),
        ("[2001:db8:0:1:1:1:1:1]:80", "[2001:db8:0:1:1:1:1:1]:80"),
        ("[::ffff:10.0.0.1]:80", "[::ffff:10.0.0.1]:80"),
        ("[::ffff:a00:1]:80", "[::ffff:10.0.0.1]:80"),
    ],
)
def test_addresses_are_spelt_as_nginx_spells_them(address: str, written: str) -> None:
    assert as_nginx_writes(address) == written


@given(st.ip_addresses(v=6))
def test_the_spelling_means_the_same_address(ip: ipaddress.IPv6Address) -> None:
    host = as_nginx_writes(f"[{ip}]:80").removeprefix("[").removesuffix("]:80")
    assert ipaddress.ip_address(host) == ip
