"""The order in which workers are tried after one refused a task."""

import ipaddress
from collections.abc import Iterable, Iterator

MOST_MORE = 8
"""Workers tried after the first. nginx ends a request with 500 after 10 internal redirects, and the last answer is one more."""


def ring(addresses: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of a worker and the one after it, as nginx writes their addresses; the last is followed by the first."""
    known = [as_nginx_writes(address) for address in addresses]
    return zip(known, known[1:] + known[:1], strict=True)


def as_nginx_writes(address: str) -> str:
    """An address as `$upstream_addr` has it. Python before 3.13 differs just where an IPv6 address holds an IPv4 one."""
    host, _, port = address.rpartition(":")
    if not host.startswith("["):
        return address
    ip = ipaddress.IPv6Address(host.strip("[]"))
    return f"[::ffff:{ip.ipv4_mapped}]:{port}" if ip.ipv4_mapped else f"[{ip}]:{port}"
