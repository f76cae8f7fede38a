"""The gateway's policy file (TOML): who may reach it, which proxies are believed, which clients are where."""

import tomllib
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

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


class GatewayConfig(_Part):
    """All of it; an absent file is the default."""

    open: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    place: tuple[PlaceRow, ...] = ()


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
    if not config.open and not ip_address(host).is_loopback:
        raise SettingsError(
            f"HOST is {host}: without tenants the gateway listens on loopback only. "
            "Set HOST=127.0.0.1, or open = true in the file GATEWAY_CONFIG names to let anybody who reaches it spend."
        )
