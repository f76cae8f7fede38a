"""Which gateway is asked, and as whom: from the command line, else from the environment."""

import argparse
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nearway.client.address import DEFAULT_URL, check_key, gateway_url

VARIABLES = {
    "NEARWAY_URL": f"The gateway that is asked. Default: `{DEFAULT_URL}`.",
    "NEARWAY_KEY": "The key of a tenant there, where one is needed.",
    "NEARWAY_CA": "A file (PEM) of the CAs that its certificate must be from. Default: the system's.",
    "NEARWAY_CERTIFICATE": "A file (PEM) with the client certificate that is shown to it. Default: none.",
    "NEARWAY_CERTIFICATE_KEY": "The file (PEM) with that certificate's key, not encrypted.",
    "NO_COLOR": "Not empty: no colours.",
}
"""What each variable means, for the page of settings."""


class TargetError(ValueError):
    """What was said of the gateway can't be meant; the text says what it must be."""


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway; `key` is a tenant's, `tls` what it is reached with, None for the default."""

    url: str = DEFAULT_URL
    key: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None


def add_target(parser: argparse.ArgumentParser) -> None:
    """The options that say which gateway is asked."""
    group = parser.add_argument_group("the gateway")
    group.add_argument("--gateway", metavar="URL", help=f"which is asked (default: NEARWAY_URL, else {DEFAULT_URL})")
    group.add_argument(
        "--key-file", metavar="FILE", help="a file with the key of a tenant there (default: what NEARWAY_KEY holds)"
    )


def target_from(options: argparse.Namespace, environ: Mapping[str, str]) -> Target:
    """The gateway that is meant. TargetError says what is wrong."""
    try:
        url = gateway_url(options.gateway, environ)
    except ValueError as error:
        raise TargetError(f"{'--gateway' if options.gateway else 'NEARWAY_URL'}: {error}") from None
    return Target(url, _key(options.key_file, environ), _tls(environ))


def _key(path: str | None, environ: Mapping[str, str]) -> str | None:
    name, key = "NEARWAY_KEY", environ.get("NEARWAY_KEY", "")
    if path is not None:
        name, key = f"--key-file {path}", _read(path)
    elif not key:
        return None
    try:
        return check_key(key)
    except ValueError as error:
        raise TargetError(f"{name} holds no key: {error}") from None


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise TargetError(f"--key-file {path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise TargetError(f"--key-file {path} holds no text") from None


def _tls(environ: Mapping[str, str]) -> ssl.SSLContext | None:
    names = ("NEARWAY_CA", "NEARWAY_CERTIFICATE", "NEARWAY_CERTIFICATE_KEY")
    if not any(environ.get(name) for name in names):
        return None
    # It takes as long to import as all else together.
    from contract.settings import SettingsError
    from contract.tls import File, client_context

    files = [File(name, Path(environ[name]) if environ.get(name) else None) for name in names]
    try:
        return client_context(*files)
    except SettingsError as error:
        raise TargetError(str(error)) from None
