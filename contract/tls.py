"""TLS from files that settings name, read once, at the start; what is wrong with one is told with its setting."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from pydantic import Field

from contract.settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class File:
    """A file in PEM and the setting that names it; `path` is None when that is not set."""

    setting: str
    path: Path | None


class TlsSettings(Settings):
    """The settings of a program that may serve TLS; none of them set, it serves plain HTTP."""

    tls_certificate: Path | None = Field(
        None,
        description="A file (PEM) with the certificate, and those between it and its CA: TLS is served. Default: plain HTTP.",
    )
    tls_key: Path | None = Field(None, description="The file (PEM) with that certificate's key, not encrypted.")
    tls_client_ca: Path | None = Field(
        None,
        description="A file (PEM) of CAs: all but `/health` and `/ready` then needs a client certificate of one of them.",
    )

    def tls(self) -> ssl.SSLContext | None:
        """What TLS is served with; None for plain HTTP. SettingsError names the setting and the file that can't be used."""
        return server_context(
            File("TLS_CERTIFICATE", self.tls_certificate),
            File("TLS_KEY", self.tls_key),
            File("TLS_CLIENT_CA", self.tls_client_ca),
        )


def server_context(certificate: File, key: File, client_ca: File) -> ssl.SSLContext | None:
    """What serves TLS with these files; None when none is set. SettingsError when they can't be used."""
    _go_together(certificate, key)
    if certificate.path is None:
        if client_ca.path is not None:
            raise SettingsError(f"{client_ca.setting} is set and {certificate.setting} is not: without TLS there are none")
        return None
    context = _context(ssl.PROTOCOL_TLS_SERVER)
    # Every connection shows its certificate anew: none lives on in a session after it was changed or has expired.
    context.num_tickets, context.options = 0, context.options | ssl.OP_NO_TICKET
    _load_pair(context, certificate, key)
    if client_ca.path is not None:
        _load_ca(context, client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
        # A TLS 1.3 client sends its request right behind its certificate (RFC 8446 §2), before it can know it was refused.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def client_context(ca: File, certificate: File, key: File) -> ssl.SSLContext | None:
    """What connects with these files; None when none is set. Without `ca` the system's CAs count. SettingsError as above."""
    _go_together(certificate, key)
    if ca.path is None and certificate.path is None:
        return None
    context = _context(ssl.PROTOCOL_TLS_CLIENT)
    if ca.path is None:
        context.load_default_certs()
    else:
        _load_ca(context, ca)
    if certificate.path is not None:
        _load_pair(context, certificate, key)
    return context


def _context(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _go_together(certificate: File, key: File) -> None:
    for one, other in ((certificate, key), (key, certificate)):
        if one.path is not None and other.path is None:
            raise SettingsError(f"{one.setting} is set and {other.setting} is not: set both or neither")


def _load_ca(context: ssl.SSLContext, ca: File) -> None:
    path = _readable(ca)
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise SettingsError(f"{ca.setting}: {path} holds no certificate in PEM ({_reason(error)})") from None


def _load_pair(context: ssl.SSLContext, certificate: File, key: File) -> None:
    # To load the pair fails with errors that don't say which of the two files is wrong.
    _load_ca(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate)

    def encrypted() -> NoReturn:
        raise SettingsError(f"{key.setting}: {key.path} is encrypted, and nobody is there to be asked for its password")

    try:
        context.load_cert_chain(_readable(certificate), _readable(key), password=encrypted)
    except ssl.SSLError as error:
        if "MISMATCH" in _reason(error):
            told = f"does not belong to the certificate in {certificate.path} ({certificate.setting})"
        else:
            told = f"holds no private key in PEM that can be used with {certificate.path}"
        raise SettingsError(f"{key.setting}: {key.path} {told} ({_reason(error)})") from None


def _readable(file: File) -> Path:
    if file.path is None:
        raise SettingsError(f"{file.setting} is not set")
    try:
        file.path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{file.setting}: {file.path} can't be read: {error.strerror}") from None
    return file.path


def _reason(error: ssl.SSLError) -> str:
    return error.reason or str(error)
