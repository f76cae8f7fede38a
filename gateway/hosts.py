"""Hosts: the one that a page's address names, and whether a tenant's tasks may name it.

Pure. The address goes on as it is, and others will read it: worker, API, browser. So a host is taken only where every reader
finds the same one (RFC 3986 §3.2, the WHATWG URL standard §4.4, IDNA by UTS 46 and by RFC 3490); what can be read in two ways is
refused.
"""

import re
import unicodedata
from collections.abc import Collection
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna

_ADDRESS = re.compile(r"https?://(?P<authority>[^/?#]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:]*)(?::(?P<port>[0-9]{1,5}))?")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that makes an IPv4 address of the whole host, for a reader that knows of hexadecimal and octal parts."""

LONGEST_NAME, LONGEST_ADDRESS = 253, 8192
"""Characters of a name (RFC 1035 §2.3.4, less the root), and of an address (RFC 9110 §4.1 asks for 8000 at least)."""


def host_of(address: str) -> str:
    """The host of a page's whole address, as `normal` has it. ValueError says why it can't be told for sure."""
    if len(address) > LONGEST_ADDRESS:
        raise ValueError(f"it is longer than {LONGEST_ADDRESS} characters")
    if any(unicodedata.category(one)[0] in "CZ" for one in address):
        raise ValueError("it has a space or a control character in it")
    if "\\" in address:
        raise ValueError("it has a backslash in it")
    found = _ADDRESS.fullmatch(address)
    if not found:
        raise ValueError("it is no whole address, like https://example.com/login")
    # Some readers end the authority at the first slash only.
    if "@" in found["authority"] + found["rest"].partition("/")[0]:
        raise ValueError("it has an @ before the path")
    split = _AUTHORITY.fullmatch(found["authority"])
    if not split or int(split["port"] or 0) > 65_535:
        raise ValueError("its host or port can be read in several ways")
    return normal(split["host"])


def normal(host: str) -> str:
    """The one way to write a host: in lower case, IDNA as A-labels, no dot at the end, addresses as they are shown.

    ValueError when it is none, or when there are several ways to read it.
    """
    if host.startswith("["):
        return f"[{_ipv6(host[1:-1] if host.endswith(']') else host)}]"
    name = host.lower() if host.isascii() else _a_labels(host)
    bare = name.removesuffix(".")
    if _NUMBER.fullmatch(bare.rpartition(".")[2]):
        return _ipv4(name)
    if not _NAME.fullmatch(bare) or len(bare) > LONGEST_NAME:
        raise ValueError("its host is none, or can be read in several ways")
    return bare


def check_pattern(pattern: str) -> str:
    """A row of an allow-list, in the one way to write it. ValueError when it is none."""
    wild = "*." if pattern.startswith("*.") else ""
    try:
        host = normal(pattern.removeprefix("*."))
    except ValueError:
        host = ""
    if not host or (wild and (host.startswith("[") or _NUMBER.fullmatch(host.rpartition(".")[2]))):
        raise ValueError(f"{pattern!r} is no host: write it like example.com, *.example.com, 192.0.2.1 or [2001:db8::1]")
    return wild + host


def is_allowed(host: str, patterns: Collection[str]) -> bool:
    """Whether a host that is normal is on the list: itself, or below a name that stands there with `*.` before it."""
    if host in patterns:
        return True
    _, _, above = host.partition(".")
    while above:
        if f"*.{above}" in patterns:
            return True
        _, _, above = above.partition(".")
    return False


def _a_labels(host: str) -> str:
    if len(host) > LONGEST_NAME:
        raise ValueError("its host is too long")
    lowered = host.lower()
    try:
        readings = {
            idna.encode(host, uts46=True, std3_rules=True).decode().lower(),
            host.encode("idna").decode().lower(),
        }
        is_plain = idna.uts46_remap(lowered, std3_rules=True) == lowered
    except UnicodeError:
        raise ValueError("its host is no domain name") from None
    if len(readings) != 1 or not is_plain:
        raise ValueError("its host can be read in several ways: write it in ASCII, with xn--")
    return readings.pop()


def _ipv4(host: str) -> str:
    try:
        return str(IPv4Address(host))
    except AddressValueError:
        raise ValueError("its host is an IPv4 address in another form than four numbers like 192.0.2.1") from None


def _ipv6(host: str) -> str:
    try:
        address = IPv6Address(host)
    except AddressValueError:
        raise ValueError("its host is no IPv6 address") from None
    if address.scope_id is not None:
        raise ValueError("its host is an IPv6 address with a zone")
    return str(address)
