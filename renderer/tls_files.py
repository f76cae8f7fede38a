"""Looking, before anything is started, whether nginx could serve and connect with the files a region file names.

nginx looks too, at every change; but only its reason would be in the log then, and nothing would have been started.
"""

from pathlib import Path

from contract.tls import File, client_context, server_context
from renderer.filters import nginx_quoted
from renderer.region import Region, RegionFileError


def check_tls(region: Region, region_file: Path) -> None:
    """SettingsError or RegionFileError names the key and the file that can't be used."""

    def named(key: str, path: Path | None) -> File:
        try:
            return File(f"{region_file}: {key}", path if path is None else _sayable(path))
        except ValueError as error:
            raise RegionFileError(f"{region_file}: {key}: {error}") from None

    if (tls := region.tls) is not None:
        if not region.endpoint.advertise.startswith("https:"):
            told = f"{region.endpoint.advertise!r} is plain HTTP, and with [tls] nginx answers nobody who speaks that"
            raise RegionFileError(f"{region_file}: endpoint.advertise: {told}; allowed: an https URL")
        server_context(
            named("tls.certificate", tls.certificate), named("tls.key", tls.key), named("tls.client_ca", tls.client_ca)
        )
    if (workers := region.workers) is not None:
        client_context(
            named("workers.ca", workers.ca), named("workers.certificate", workers.certificate), named("workers.key", workers.key)
        )


def _sayable(path: Path) -> Path:
    nginx_quoted(path)
    return path
