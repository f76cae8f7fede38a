"""CAs and certificates made for a test, as files."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from contract.tls import File, client_context, server_context


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """A CA; `ca` is the file with its certificate."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder, self._name, self._ca, self._issued = folder, name, trustme.CA(), 0
        self.ca = folder / f"{name}.pem"
        self._ca.cert_pem.write_to_path(self.ca)

    def issue(self, *names: str, expired: bool = False) -> Pair:
        """A certificate with these names, DNS names or IP addresses. An expired one was good until yesterday."""
        self._issued += 1
        now = datetime.now(UTC)
        end = now - timedelta(days=1) if expired else now + timedelta(days=1)
        made = self._ca.issue_cert(*names, not_before=now - timedelta(days=2), not_after=end)
        stem = self._folder / f"{self._name}-{self._issued}"
        pair = Pair(stem.with_suffix(".crt"), stem.with_suffix(".key"))
        pair.certificate.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        made.private_key_pem.write_to_path(pair.key)
        return pair

    def server(self, pair: Pair, client_ca: Path | None = None) -> ssl.SSLContext:
        """What a program of ours serves TLS with."""
        made = server_context(File("CERTIFICATE", pair.certificate), File("KEY", pair.key), File("CLIENT_CA", client_ca))
        assert made is not None
        return made

    def client(self, pair: Pair | None = None) -> ssl.SSLContext:
        """What a program of ours connects with that trusts this CA and shows `pair`."""
        certificate, key = (pair.certificate, pair.key) if pair else (None, None)
        made = client_context(File("CA", self.ca), File("CERTIFICATE", certificate), File("KEY", key))
        assert made is not None
        return made
