"""The URL that a client names for its callback.

Pure. It is understood by a grammar narrower than RFC 3986's: what is odd is refused, so that nobody downstream can understand it
in another way. Names are looked up only when something is sent there.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from contract.problem import ProblemError, problem
from gateway.callbacks.addresses import Address, Network, refused

HEADER = "Nearway-Callback"

LONGEST = 2000
"""Characters of a URL."""

LOW_PORTS = (80, 443)
"""Ports under 1024 that may be called: on all others something else listens than what takes callbacks."""

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be called, as far as it tells itself. `host` is in lower case, an IPv6 address without its brackets."""

    url: str
    host: str
    port: int
    path: str

    @property
    def is_plain(self) -> bool:
        """Whether what is sent there could be read on the way."""
        return self.url.startswith("http:")

    @property
    def authority(self) -> str:
        """Host and port as they stand in the URL: the `Host` field of a request."""
        return self.url.split("/", 3)[2].partition("?")[0]


def parse_target(text: str) -> Target:
    """ValueError says what is wrong with the URL."""
    found = _URL.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise ValueError(_what_is_wrong(text))
    port = int(found["port"] or (443 if found["scheme"] == "https" else 80))
    if port not in LOW_PORTS and not 1024 <= port <= 65_535:
        raise ValueError(f"port {port} can't be called: use 443, or one from 1024 to 65535")
    path = found["path"]
    return Target(text, found["host"].strip("[]").lower(), port, path if path.startswith("/") else f"/{path}")


def target_of(fields: Sequence[str], networks: Collection[Network], hosts: Collection[str]) -> Target | None:
    """What the header's fields name; None without any. ProblemError says what is wrong, before anything was done.

    `networks` may be called although they are private, and without TLS; `hosts` are all the tenant may name, none for any.
    """
    if not fields:
        return None
    try:
        target = parse_target(_only(fields))
        _check(target, networks, hosts)
    except ValueError as error:
        raise ProblemError(problem("CALLBACK_REFUSED", f"{HEADER}: {error}")) from None
    return target


def _only(fields: Sequence[str]) -> str:
    if len(fields) > 1:
        raise ValueError("there are several: name one URL")
    return fields[0].strip()


def _check(target: Target, networks: Collection[Network], hosts: Collection[str]) -> None:
    address = _literal(target.host)
    if address is not None and (why := refused(address, networks)):
        raise ValueError(f"the address {address} is not called, it is {why}")
    if target.is_plain and not networks:
        raise ValueError("only https is called")
    if hosts and not any(_is(target.host.rstrip("."), one.lower()) for one in hosts):
        raise ValueError(f"this tenant's callbacks go to {', '.join(hosts)} only")


def _literal(host: str) -> Address | None:
    """The address that a host is already; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _what_is_wrong(text: str) -> str:
    authority = text.partition("://")[2].partition("/")[0]
    if len(text) > LONGEST:
        return f"the URL is longer than {LONGEST} characters"
    if not re.match("https?://", text):
        return "it is a URL that begins with https://"
    if "@" in authority:
        return "a URL with a name or a password before the host is not called: put a token into its path or query"
    if "#" in text:
        return "a URL with a fragment (#) is not called: nobody would receive it"
    if not text.isascii():
        return "it holds characters other than ASCII: write names as xn--…, all else as %XX"
    return "it is no URL: https://HOST, :PORT if it is not 443, then a path and a query, with odd characters as %XX"
