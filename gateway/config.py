"""The gateway's policy file (TOML): who may send tasks, which proxies are believed, which clients are where."""

import re
import tomllib
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from contract.route_path import check_apart, check_route_path
from contract.settings import SettingsError
from gateway.callbacks.signature import parse_secrets
from gateway.hosts import check_pattern
from gateway.limits import Limits
from gateway.rate import parse_rate
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


_FILE = "file:"


def _callback_secret(given: SecretStr) -> SecretStr:
    if not given.get_secret_value().startswith(_FILE):
        parse_secrets(given.get_secret_value())
    return given


CallbackSecret = Annotated[SecretStr, AfterValidator(_callback_secret)]
_SIGNS = (
    'signs callbacks: `"whsec_…"`, or `"file:PATH"` to read it from a file, relative to this one. Several, with spaces between, '
    "while one is being replaced. Without it there are none."
)


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
        description='The keys it may show, as hashes: `"sha256:"` and the 64 hex digits that `sha256sum` makes of a key. '
        "Without any (`[]`) it is locked out.",
    )
    callback_secret: CallbackSecret | None = Field(None, description=f"What {_SIGNS}")
    callback_hosts: tuple[str, ...] = Field(
        (), description='The hosts its callbacks may go to, like `["hooks.acme.com", "*.acme.net"]`. Default: any that is public.'
    )
    slots: int | None = Field(
        None, ge=1, le=1_000_000, description="The most of its tasks in flight at once; more of them wait in the queue."
    )
    queue: int | None = Field(
        None, ge=0, le=1_000_000, description="The most of its tasks that may wait for a slot; others get `TENANT_QUEUE_FULL`."
    )
    rate: str | None = Field(
        None,
        description='How many tasks may come: a number and `s`, `min` or `h`, like `"100/min"`; others get `RATE_LIMITED`.',
    )
    burst: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="How many of them at once after a pause. Default: as many as `rate` has in its unit of time.",
    )
    daily: int | None = Field(
        None,
        ge=0,
        le=1_000_000_000,
        description="The most submissions on one day (UTC), what may have been one included; others get `DAILY_LIMIT`.",
    )
    hosts: tuple[Annotated[str, AfterValidator(check_pattern)], ...] | None = Field(
        None,
        min_length=1,
        description='The hosts of pages its tasks may name, like `["example.com", "*.example.com"]` (the second: all below it); '
        "others get `HOST_FORBIDDEN`.",
    )
    retry_unknown: bool = Field(
        False,
        description="Whether a task is sent once more when nobody can tell if it was submitted. It may then be paid for twice.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.rate is not None:
            parse_rate(self.rate)
        elif self.burst is not None:
            raise ValueError("burst is of a rate: give rate, too")
        if self.role != "client" and self.limits != Limits():
            raise ValueError(f"a {self.role} sends no tasks, so there is nothing to limit: leave out {', '.join(_LIMITS)}")
        return self

    @property
    def limits(self) -> Limits:
        """What its tasks are bounded by."""
        rate = None if self.rate is None else parse_rate(self.rate, self.burst)
        hosts = None if self.hosts is None else frozenset(self.hosts)
        return Limits(self.slots, self.queue, rate, self.daily, hosts, self.retry_unknown)


_LIMITS = ("slots", "queue", "rate", "burst", "daily", "hosts", "retry_unknown")


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
    callback_networks: tuple[Network, ...] = Field(
        (),
        description='Networks callbacks may go to although they are private, like `["10.1.0.0/16"]`; to these without TLS, too.',
    )
    callback_hours: float = Field(24.0, gt=0, le=168, description="Hours for which a callback is tried, up to 168.")
    callback_secret: CallbackSecret | None = Field(None, description=f"Where there are no tenants: what {_SIGNS}")
    place: tuple[PlaceRow, ...] = Field((), description="Which clients are where: a table `[[place]]` for each network.")
    page_members: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        ("pageurl",),
        min_length=1,
        description="The members of a task that are addresses of pages, which `hosts` of its tenant is compared with.",
    )
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
        if self.tenant and self.callback_secret is not None:
            raise ValueError("callback_secret is for a gateway without tenants: give each [[tenant]] one of its own")
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
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    return _with_secrets(parse_config(text, path), path)


def parse_config(text: str, path: Path) -> GatewayConfig:
    """The same of a text that is, or will be, in that file; secrets that are in files of their own are not read."""
    try:
        config = GatewayConfig.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from None
    except ValidationError as error:
        raise SettingsError("\n".join(f"{path}: {fault}" for fault in faults(error))) from None
    return config if config.geoip is None else config.model_copy(update={"geoip": path.parent / config.geoip})


def faults(error: ValidationError) -> list[str]:
    """Each wrong key, and what is wrong with it."""
    return [": ".join([*([".".join(map(str, fault["loc"]))] if fault["loc"] else []), fault["msg"]]) for fault in error.errors()]


def _with_secrets(config: GatewayConfig, path: Path) -> GatewayConfig:
    """The secrets that are in files, read."""
    tenants = tuple(row.model_copy(update={"callback_secret": _read_secret(row.callback_secret, path)}) for row in config.tenant)
    secret = _read_secret(config.callback_secret, path)
    return config.model_copy(update={"tenant": tenants, "callback_secret": secret})


def _read_secret(secret: SecretStr | None, path: Path) -> SecretStr | None:
    if secret is None or not secret.get_secret_value().startswith(_FILE):
        return secret
    file = path.parent / secret.get_secret_value().removeprefix(_FILE).strip()
    try:
        text = file.read_text().strip()
        parse_secrets(text)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: callback_secret: {file}: {error}") from None
    return SecretStr(text)


def check_exposure(host: str, config: GatewayConfig) -> None:
    """SettingsError when the gateway would take tasks, which cost money, from anybody on a network."""
    if not config.open and not config.tenant and not ip_address(host).is_loopback:
        raise SettingsError(
            f"HOST is {host}: without tenants the gateway listens on loopback only. Set HOST=127.0.0.1, or give the file "
            "GATEWAY_CONFIG names a [[tenant]] with a key, or open = true to let anybody who reaches it spend."
        )
