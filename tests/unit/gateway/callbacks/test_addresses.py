"""Where callbacks may go."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.callbacks.addresses import refused

PUBLIC = ("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
          "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
          "198.20.0.0", "223.255.255.255", "168.63.129.15", "2600::1", "2a00:1450:4001:80e::200e", "2001:200::1",
          "64:ff9b::808:808")  # fmt: skip

NOT_PUBLIC = ("0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.100.100.200", "100.127.255.255", "127.0.0.1",
              "127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.192", "192.0.2.1",
              "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.7",
              "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
              "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
              "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378::", "2001:10::1",
              "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1", "3fff::1", "2600::5efe:a00:1",
              "2600::200:5efe:7f00:1", "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%2", "2600::1%2", "fec0::1",
              "ff02::1", "ff0e::1", "5f00::1", "4000::1")  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_called(address: str) -> None:
    assert refused(ip_address(address), ()) is None


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_all_others_are_not(address: str) -> None:
    assert refused(ip_address(address), ())


@given(some.ip_addresses())
def test_what_python_knows_not_to_be_global_is_never_called(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        assert refused(address, ())


@given(some.sampled_from(["127.0.0.0/8", "10.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "192.168.0.0/16"]), some.data())
def test_a_private_address_within_ipv6_is_not_called_in_any_dress(network: str, data: some.DataObject) -> None:
    inner = int(data.draw(some.ip_addresses(network=ip_network(network))))
    before = 0, 0xFFFF << 32, 0x64_FF9B << 96, 0x2600 << 112 | 0x5EFE << 32, 0x2600 << 112 | 0x200_5EFE << 32
    dresses = [0x2002 << 112 | inner << 80, *(one | inner for one in before)]
    assert all(refused(IPv6Address(dressed), ()) for dressed in dresses)
    assert refused(IPv6Address(0xFFFF << 32 | inner), [IPv4Network(network)]), "it is named as an IPv4 address"


def test_the_operator_may_name_networks_and_only_these_are_called_besides() -> None:
    named = [ip_network("10.1.0.0/16"), ip_network("fd00::/64")]
    assert [bool(refused(ip_address(one), named)) for one in ("10.1.255.1", "fd00::5", "10.2.0.1", "fd00:0:0:1::5")] == [
        False, False, True, True,
    ]  # fmt: skip
