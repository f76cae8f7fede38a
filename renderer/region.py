"""The region file: one TOML file per region, checked key by key before anything is started."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from contract.route_path import check_apart, check_route_path
from discovery.records import check_region, check_url, host_port
from renderer import duration
from renderer.caution import Caution
from renderer.duration import AnyDuration, Duration, WholeSeconds
from renderer.tables import Table, TablesError, read_toml, validated
from renderer.tls import Tls, Workers

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class RegionFileError(Exception):
    """The file can't be used; the text has a line for each fault: file, key, what is wrong, what is allowed."""


class Strategy(StrEnum):
    """How nginx chooses a worker for a task."""

    ROUND_ROBIN = "round_robin"
    LEAST_CONN = "least_conn"
    WEIGHTED = "weighted"
    IP_HASH = "ip_hash"
    RANDOM = "random"
    CONSISTENT_HASH = "consistent_hash"


@dataclass(frozen=True, slots=True)
class Listen:
    """The address nginx listens on; an IP address, since a name may stop to resolve."""

    host: str
    port: int

    def __str__(self) -> str:
        return host_port(self.host, self.port)

    @property
    def reached_at(self) -> str:
        """`host:port` to reach it from the same machine."""
        anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}
        return str(Listen(anywhere.get(self.host, self.host), self.port))


def parse_listen(text: object) -> Listen:
    """`"127.0.0.1:8081"` or `"[::1]:8081"`; ValueError says what is wrong."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})", text) if isinstance(text, str) else None
    try:
        address = ipaddress.IPv6Address(found[1]) if found and found[1] else ipaddress.IPv4Address(found[2] if found else "")
    except ValueError:
        found = None
    if not found or not 1 <= int(found[3]) <= 65_535:
        raise ValueError(f"{text!r} is no IP address with a port")
    return Listen(str(address), int(found[3]))


def _on_the_globe(location: tuple[float, float]) -> tuple[float, float]:
    latitude, longitude = location
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"{list(location)} is not on the globe")
    return location


def _network(text: object) -> Network:
    try:
        return ipaddress.ip_network(text if isinstance(text, str) else "")
    except ValueError:
        raise ValueError(f"{text!r} is no network of IP addresses") from None


RoutePath = Annotated[str, AfterValidator(check_route_path)]


def _apart(paths: tuple[str, ...]) -> tuple[str, ...]:
    check_apart(paths)
    return paths


class Endpoint(Table):
    """Where the region is reached."""

    listen: Annotated[Listen, BeforeValidator(parse_listen)] = Field(
        description='the IP address and port nginx listens on, as in "127.0.0.1:8081" or "[::1]:8081"'
    )
    advertise: Annotated[str, AfterValidator(check_url)] = Field(
        description='where gateways and the Consul agent reach it, as in "http://10.0.0.1:8081"'
    )
    trusted_proxies: tuple[Annotated[Network, BeforeValidator(_network)], ...] = Field(
        (),
        strict=False,
        description='the gateways whose X-Forwarded-For is believed, as networks: ["10.0.0.0/8"]; else they are the clients',
    )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `advertise`."""
        url = urlsplit(self.advertise)
        return str(url.hostname), url.port or (443 if url.scheme == "https" else 80)


class Balancer(Table):
    """How tasks are spread over the region's workers, and for how long nginx waits for them."""

    strategy: Annotated[Strategy, Field(strict=False)] = Field(Strategy.LEAST_CONN, description="one of " + ", ".join(Strategy))
    max_fails: int = Field(
        3, ge=0, le=1_000, description="failures within `fail_timeout` after which a worker rests; 0 to 1000, 0 for never"
    )
    fail_timeout: WholeSeconds = Field(
        Duration(30_000), description="the time failures are counted in, and a worker rests for: " + duration.ALLOWED
    )
    connect_timeout: AnyDuration = Field(Duration(10_000), description=duration.ALLOWED)
    read_timeout: AnyDuration = Field(
        Duration(310_000), description="the longest silence of a worker, above the longest task's 300s: " + duration.ALLOWED
    )
    health_timeout: AnyDuration = Field(Duration(5_000), description="the same for `/health`: " + duration.ALLOWED)


class Region(Table):
    """A region, as its file tells."""

    name: Annotated[str, AfterValidator(check_region)] = Field(description="1 to 63 small letters, digits and inner hyphens")
    title: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", description="the region's name for people")
    location: Annotated[tuple[float, float], Field(strict=False), AfterValidator(_on_the_globe)] = Field(
        description="[latitude, longitude] in degrees: -90 to 90, -180 to 180"
    )
    datacenter: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="the Consul datacenter its workers are registered in: letters, digits, - and _",
    )
    endpoint: Endpoint = Field(description="the table [endpoint] with `listen` and `advertise`")
    tls: Tls | None = Field(None, description="the table [tls] with `certificate` and `key`")
    workers: Workers | None = Field(None, description="the table [workers] with `ca` and `name`")
    balancer: Balancer = Field(Balancer(), description="the table [balancer]")
    routes: Annotated[tuple[RoutePath, ...], Field(strict=False), AfterValidator(_apart)] = Field(
        (), description='paths that are passed on to workers beside tasks, with all below them, as in ["/v1/images/"]'
    )
    renderer: Caution = Field(Caution(), description="the table [renderer]")

    @property
    def reached_at(self) -> str:
        """The URL at which its nginx is reached from the same machine."""
        return f"{'https' if self.tls else 'http'}://{self.endpoint.listen.reached_at}"


def placed(region: Region, listen: Listen | None, advertise: str | None) -> Region:
    """The region with its endpoint elsewhere than its file says; None leaves a part as it is."""
    given = {"listen": listen, "advertise": advertise}
    endpoint = region.endpoint.model_copy(update={key: value for key, value in given.items() if value is not None})
    return region.model_copy(update={"endpoint": endpoint})


def read_region(path: Path) -> Region:
    """Read a region file; RegionFileError tells of all that is wrong at once."""
    try:
        return validated(Region, read_toml(path), str(path), context=path.parent.absolute())
    except TablesError as error:
        raise RegionFileError(str(error)) from None
