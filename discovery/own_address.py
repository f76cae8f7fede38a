"""Under which address others reach a program of ours that listens on every address."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit


def advertised(host: str, wanted: str | None, consul: str) -> str:
    """`wanted` if given; else `host`, or where that is a wildcard, the address this machine reaches Consul from.

    OSError when Consul's name can't be resolved or there is no way to it.
    """
    if wanted:
        return wanted
    return _way_to(consul) if ip_address(host).is_unspecified else host


def _way_to(consul: str) -> str:
    url = urlsplit(consul)
    family, kind, protocol, _, address = socket.getaddrinfo(url.hostname, url.port, type=socket.SOCK_DGRAM)[0]
    # Connecting a datagram socket sends nothing: the kernel only picks the way, and with it our address.
    with socket.socket(family, kind, protocol) as way:
        way.connect(address)
        return str(way.getsockname()[0])
