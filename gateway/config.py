"""The gateway's policy file (TOML): who may send tasks, which proxies are believed, which clients are where."""

import re
import tomllib
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from contract.settings import SettingsError

Network = IPv4Network | IPv6Network
Degrees = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlaceRow(_Part):
    """Where the clients of a network are: at a location, or near a region."""

    cidr: Network
    location: Degrees | None = None
    region: str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.location is None) == (self.region is None):
            raise ValueError('a place has either location = [latitude, longitude] or region = "name"')
        return self


def _key_hash(text: str) -> str:
    if not re.fullmatch(r"sha256:[0-9a-fA-F]{64}", text):
        raise ValueError('a key is given as "sha256:" and the 64 hex digits of its hash, as in: printf %s KEY | sha256sum')
    return text.lower()


class TenantRow(_Part):
    """Who may send tasks, by any of its keys, which are given as hashes; and its share of the slots when they are few."""

    name: Annotated[str, Field(pattern="^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
    weight: Annotated[float, Field(ge=0.001, le=1000)] = 1.0
    keys: Annotated[tuple[Annotated[str, AfterValidator(_key_hash)], ...], Field(min_length=1)]


class GatewayConfig(_Part):
    """All of it; an absent file is the default."""

    open: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    place: tuple[PlaceRow, ...] = ()
    tenant: tuple[TenantRow, ...] = ()

    @model_validator(mode="after")
    def _nobody_twice(self) -> Self:
        if self.open and self.tenant:
            raise ValueError("open = true lets anybody in, [[tenant]] only those with a key: keep one of the two")
        if name := _first_repeated(row.name for row in self.tenant):
            raise ValueError(f"there are two tenants of the name {name}")
        if _first_repeated(key for row in self.tenant for key in row.keys):
            raise ValueError("a key is there twice: give each tenant keys of its own")
        return self


def _first_repeated(things: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for one in things:
        if one in seen:
            return one
        seen.add(one)
    return None


def read_config(path: Path | None) -> GatewayConfig:
    """Read the file; None is no file. SettingsError names the file, each wrong key, and what is wrong with it."""
    if path is None:
        return GatewayConfig()
    try:
        return GatewayConfig.model_validate(tomllib.loads(path.read_text()))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    except ValidationError as error:
        faults = [f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise SettingsError("\n".join(faults)) from None


def check_exposure(host: str, config: GatewayConfig) -> None:
    """SettingsError when the gateway would take tasks, which cost money, from anybody on a network."""
    if not config.open and not config.tenant and not ip_address(host).is_loopback:
        raise SettingsError(
            f"HOST is {host}: without tenants the gateway listens on loopback only. Set HOST=127.0.0.1, or give the file "
            "GATEWAY_CONFIG names a [[tenant]] with a key, or open = true to let anybody who reaches it spend."
        )
