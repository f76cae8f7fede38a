"""The gateway's policy file (TOML): who may send tasks, which proxies are believed, which clients are where."""

import re
import tomllib
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from contract.route_path import check_apart, check_route_path
from contract.settings import SettingsError
from gateway.roles import Configured

Network = IPv4Network | IPv6Network
Degrees = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlaceRow(_Part):
    """Where the clients of a network are: at a location, or near a region."""

    cidr: Network = Field(
        description='A network of clients, like `"203.0.113.0/24"`; of several that hold a client, the narrowest counts.'
    )
    location: Degrees | None = Field(None, description="Where they are: `[latitude, longitude]` in degrees.")
    region: str | None = Field(None, description="Or the region they are near. A row has one of the two.")

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
    """Who may use the gateway, by any of its keys, which are given as hashes; and how."""

    name: str = Field(
        pattern="^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",
        description="Its name, in logs and metrics: 1 to 63 small letters, digits and inner hyphens.",
    )
    role: Configured = Field(
        "client",
        description="What its keys are for. `client`: tasks. `viewer`: reading `/regions`, `/explain`, `/metrics` and the like. "
        "`operator`: the same, and setting dials.",
    )
    weight: float = Field(
        1.0, ge=0.001, le=1000, description="Its share of the slots when they are few, against the others': 0.001 to 1000."
    )
    keys: tuple[Annotated[str, AfterValidator(_key_hash)], ...] = Field(
        min_length=1,
        description='The keys it may show, as hashes: `"sha256:"` and the 64 hex digits that `sha256sum` makes of a key.',
    )


class RouteRow(_Part):
    """A path that is passed on to workers, with all below it. It takes no slot."""

    path: Annotated[str, AfterValidator(check_route_path)] = Field(
        description='The path, like `"/v1/images/"`; the region files must name it under `routes`, too.'
    )
    methods: tuple[Literal["GET", "HEAD", "OPTIONS", "POST", "PATCH"], ...] = Field(
        ("GET", "HEAD"),
        min_length=1,
        description="Its methods, of GET, HEAD, OPTIONS, POST and PATCH; the first three may be sent again when no answer came.",
    )
    timeout: float = Field(
        60.0, gt=0, le=300, description="Seconds for which a region may say nothing, before its answer or within: up to 300."
    )


class GatewayConfig(_Part):
    """All of it; an absent file is the default."""

    open: bool = Field(False, description="Whether anybody who reaches the gateway may spend; else it listens on loopback only.")
    trusted_proxies: tuple[Network, ...] = Field(
        (), description='Networks whose `X-Forwarded-For` is believed, like `["10.0.0.0/8"]`; nobody else\'s is.'
    )
    fail_open: bool = Field(
        False,
        description="When every region looks bad: whether to try those that do, instead of answering `NO_REGION`. "
        "More tasks may then end as `SUBMISSION_UNKNOWN`.",
    )
    geoip: Path | None = Field(
        None,
        description="A MaxMind-format file of cities (`.mmdb`), for clients in no network below; "
        "relative to this file. Opened anew when it is replaced.",
    )
    place: tuple[PlaceRow, ...] = Field((), description="Which clients are where: a table `[[place]]` for each network.")
    tenant: tuple[TenantRow, ...] = Field((), description="Who may use the gateway: a table `[[tenant]]` for each.")
    route: tuple[RouteRow, ...] = Field((), description="Other paths that are passed on: a table `[[route]]` for each.")

    @model_validator(mode="after")
    def _nobody_twice(self) -> Self:
        if self.open and self.tenant:
            raise ValueError("open = true lets anybody in, [[tenant]] only those with a key: keep one of the two")
        if name := _first_repeated(row.name for row in self.tenant):
            raise ValueError(f"there are two tenants of the name {name}")
        if _first_repeated(key for row in self.tenant for key in row.keys):
            raise ValueError("a key is there twice: give each tenant keys of its own")
        check_apart(row.path for row in self.route)
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
        config = GatewayConfig.model_validate(tomllib.loads(path.read_text()))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    except ValidationError as error:
        faults = [f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise SettingsError("\n".join(faults)) from None
    return config if config.geoip is None else config.model_copy(update={"geoip": path.parent / config.geoip})


def check_exposure(host: str, config: GatewayConfig) -> None:
    """SettingsError when the gateway would take tasks, which cost money, from anybody on a network."""
    if not config.open and not config.tenant and not ip_address(host).is_loopback:
        raise SettingsError(
            f"HOST is {host}: without tenants the gateway listens on loopback only. Set HOST=127.0.0.1, or give the file "
            "GATEWAY_CONFIG names a [[tenant]] with a key, or open = true to let anybody who reaches it spend."
        )
