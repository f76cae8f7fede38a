from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import Network, PlaceRow
from gateway.place import Place, client_address, locate

PROXIES: tuple[Network, ...] = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        pytest.param("203.0.113.5", [], "203.0.113.5", id="nobody in between"),
        pytest.param("203.0.113.5", ["198.51.100.1"], "203.0.113.5", id="a stranger's word does not count"),
        pytest.param("10.0.0.1", ["198.51.100.1"], "198.51.100.1", id="a proxy's word does"),
        pytest.param("10.0.0.1", ["6.6.6.6, 198.51.100.1, 10.0.0.2"], "198.51.100.1", id="what the client wrote itself does not"),
        pytest.param("10.0.0.1", ["6.6.6.6", "198.51.100.1"], "198.51.100.1", id="several header lines are one list"),
        pytest.param("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1", id="behind what can't be read, nothing counts"),
        pytest.param("10.0.0.1", [""], "10.0.0.1", id="an empty header says nothing"),
        pytest.param("10.0.0.1", ["10.0.0.3"], "10.0.0.3", id="when all are proxies, the farthest is the client"),
        pytest.param("::ffff:203.0.113.5", [], "203.0.113.5", id="an IPv4 client on a socket for both families"),
        pytest.param("::1", ["2001:db8::7"], "2001:db8::7", id="IPv6"),
    ],
)
def test_the_clients_address(peer: str, forwarded: list[str], client: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == ip_address(client)


@given(st.lists(st.text(max_size=40), max_size=4))
def test_an_untrusted_peer_is_the_client_whatever_it_writes(forwarded: list[str]) -> None:
    assert client_address("203.0.113.5", forwarded, PROXIES) == ip_address("203.0.113.5")


TABLE = (
    PlaceRow.model_validate({"cidr": "203.0.113.0/24", "location": [48.9, 2.4]}),
    PlaceRow.model_validate({"cidr": "203.0.113.128/25", "region": "us-east"}),
    PlaceRow.model_validate({"cidr": "2001:db8::/32", "region": "eu-west"}),
)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.5", Place("203.0.113.5 is in 203.0.113.0/24", (48.9, 2.4), None)),
        ("203.0.113.200", Place("203.0.113.200 is in 203.0.113.128/25", None, "us-east")),
        ("2001:db8::1", Place("2001:db8::1 is in 2001:db8::/32", None, "eu-west")),
        ("8.8.8.8", None),
    ],
)
def test_the_narrowest_network_tells_the_place(address: str, place: Place | None) -> None:
    assert locate(ip_address(address), TABLE) == place
    assert locate(ip_address(address), reversed(TABLE)) == place
