"""The tables [tls] and [workers] of a region file: TLS towards gateways, and towards the workers."""

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from renderer.tables import Table


def _beside_the_region_file(path: Path, info: ValidationInfo) -> Path:
    return (info.context or Path()) / path


def _no_address(name: str) -> str:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    raise ValueError(f"{name!r} is an IP address, which nginx does not look for in a certificate")


_File = Annotated[Path, Field(strict=False), AfterValidator(_beside_the_region_file)]


class Tls(Table):
    """What the region's nginx serves TLS with. Paths are relative to the region file's folder."""

    certificate: _File = Field(description="a file (PEM) with the certificate, and those between it and its CA")
    key: _File = Field(description="the file (PEM) with that certificate's key, not encrypted")
    client_ca: _File | None = Field(
        None, description="a file (PEM) of CAs: all but `/region` and `/region/workers` then needs a client certificate of one"
    )


class Workers(Table):
    """That this region's workers speak TLS, and how nginx knows them."""

    ca: _File = Field(description="a file (PEM) of the CAs that workers must have their certificates from")
    name: Annotated[str, AfterValidator(_no_address)] = Field(
        pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$",
        description='the DNS name that the certificates of all workers carry, as in "workers.us-east.example"',
    )
    certificate: _File | None = Field(None, description="a file (PEM) with the certificate nginx shows to workers")
    key: _File | None = Field(None, description="the file (PEM) with that certificate's key, not encrypted")
