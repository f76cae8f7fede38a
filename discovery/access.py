"""How to reach Consul: its standard environment variables, read. Pure, but for the file of the token.

https://developer.hashicorp.com/consul/commands#environment-variables
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach Consul, from its standard environment variables.

    Several addresses may be given, separated by commas: they are tried in turn.
    """

    addresses: tuple[str, ...] = ("http://127.0.0.1:8500",)
    token: str | None = None
    verify: bool | str = True
    certificate: tuple[str, str] | None = None

    def __repr__(self) -> str:
        return f"Access({', '.join(self.addresses)})"


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def access_from(environ: Mapping[str, str], read: Callable[[str], str] = _read) -> Access:
    """Read `CONSUL_HTTP_ADDR`, `_TOKEN`, `_TOKEN_FILE`, `_SSL`, `_SSL_VERIFY`; `CONSUL_CACERT`, `_CLIENT_CERT`, `_CLIENT_KEY`.

    ValueError says which one is wrong and what it must be.
    """
    scheme = "https" if _switch(environ, "CONSUL_HTTP_SSL", False) else "http"
    given = environ.get("CONSUL_HTTP_ADDR") or "127.0.0.1:8500"
    verify: bool | str = environ.get("CONSUL_CACERT") or True
    if not _switch(environ, "CONSUL_HTTP_SSL_VERIFY", True):
        verify = False
    certificate, key = environ.get("CONSUL_CLIENT_CERT"), environ.get("CONSUL_CLIENT_KEY")
    if bool(certificate) != bool(key):
        raise ValueError("CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY go together: set both or neither")
    return Access(
        addresses=tuple(_address(one.strip(), scheme) for one in given.split(",")),
        token=_token(environ, read),
        verify=verify,
        certificate=(certificate, key) if certificate and key else None,
    )


def is_here(address: str) -> bool:
    """Whether an address of Consul is of this machine."""
    host = str(urlsplit(address).hostname)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _token(environ: Mapping[str, str], read: Callable[[str], str]) -> str | None:
    path = environ.get("CONSUL_HTTP_TOKEN_FILE")
    if not path:
        return environ.get("CONSUL_HTTP_TOKEN") or None
    try:
        # Where both are set the file counts, as with Consul's own programs.
        token = read(path).strip()
    except (OSError, ValueError) as error:
        raise ValueError(f"CONSUL_HTTP_TOKEN_FILE: {path} can't be read: {getattr(error, 'strerror', error)}") from None
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"CONSUL_HTTP_TOKEN_FILE: {path} does not hold a token, and nothing else, in one line")
    return token


def _switch(environ: Mapping[str, str], name: str, default: bool) -> bool:
    text = environ.get(name, "").lower()
    if text not in ("", "true", "1", "false", "0"):
        raise ValueError(f"{name} is {text!r}: set true or false")
    return default if text == "" else text in ("true", "1")


def _address(text: str, scheme: str) -> str:
    url = urlsplit(text if "//" in text else f"{scheme}://{text}")
    try:
        port = url.port or (443 if url.scheme == "https" else 8500)
    except ValueError:
        port = 0
    if url.scheme not in ("http", "https") or not url.hostname or not port or url.path.strip("/") or url.username:
        raise ValueError(f"CONSUL_HTTP_ADDR {text!r} is not host:port or http(s)://host:port")
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return f"{url.scheme}://{host}:{port}"
