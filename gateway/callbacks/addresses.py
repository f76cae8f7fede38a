"""Which addresses callbacks may go to: a client names the URL, and must not reach through us what it can't reach itself.

Pure. The networks are those of IANA's registries of special-purpose addresses (RFC 6890) that are not global, with the parts
of IPv6 that are not handed out for use, and with what clouds answer at on addresses that look public.
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
"""The well-known prefix of RFC 6052: the last 32 bits are the IPv4 address that is reached."""

_GLOBAL = IPv6Network("2000::/3")
"""All of IPv6 that is handed out for global unicast; unique local, link-local, multicast, IPv4-mapped and others lie outside."""

_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""Bits 64 to 95 of an address whose last 32 are an IPv4 address that is tunnelled to (RFC 5214)."""

_SPECIAL = {
    ip_network(network): what
    for what, networks in {
        "this host's own": ("0.0.0.0/8",),
        "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        "shared behind a carrier's NAT": ("100.64.0.0/10",),
        "loopback": ("127.0.0.0/8",),
        "link-local": ("169.254.0.0/16",),
        "kept for protocols": ("192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24", "2001::/23"),
        "kept for documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
        "6to4": ("192.88.99.0/24", "2002::/16"),
        "kept for measurements": ("198.18.0.0/15",),
        "multicast": ("224.0.0.0/4",),
        "kept for the future, or broadcast": ("240.0.0.0/4",),
        "a cloud's own": ("168.63.129.16/32",),
        "kept for AS112": ("2620:4f:8000::/48",),
    }.items()
    for network in networks
}


def is_named(address: Address, networks: Collection[Network]) -> bool:
    """Whether the operator has named a network of it."""
    return any(address in network for network in networks)


def refused(address: Address, networks: Collection[Network]) -> str | None:
    """Why nothing is sent there; None when it may be. Everything in `networks` may be."""
    if is_named(address, networks):
        return None
    if isinstance(address, IPv4Address):
        return _special(address)
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _NAT64:
        return _special(last)
    if address.scope_id is not None or address not in _GLOBAL:
        return "not a public one"
    return _special(address) or (_special(last) if int(address) >> 32 & 0xFFFF_FFFF in _ISATAP else None)


def _special(address: Address) -> str | None:
    return next((what for network, what in _SPECIAL.items() if address in network), None)
