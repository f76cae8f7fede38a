"""What our registrations mean: workers, region endpoints and gateways, from and to the fields Consul keeps.

Nothing from Consul is trusted: what is not as it must be becomes `Rejected`, with the reason, never a record.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from discovery.instance import Health, Instance

WORKERS = "solver"
REGION_ENDPOINTS = "nearway-region"
GATEWAYS = "nearway-gateway"

REGION_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""A DNS label (RFC 1123 §2.1), for it becomes part of service ids, host names and header fields."""

MOST_SLOTS = 100_000
MOST_WEIGHT = 65_535


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that takes tasks. `host` is an IP address: nginx refuses a whole configuration for one name it can't resolve."""

    id: str
    region: str
    datacenter: str
    node: str
    host: str
    port: int
    slots: int
    weight: int
    backup: bool
    resumable: bool
    version: str
    health: Health
    tls: bool = False

    @property
    def address(self) -> str:
        """`host:port`, with an IPv6 address in brackets."""
        return host_port(self.host, self.port)


@dataclass(frozen=True, slots=True)
class RegionEndpoint:
    """A region's nginx. `location` is latitude and longitude in degrees."""

    id: str
    region: str
    title: str
    location: tuple[float, float]
    url: str
    datacenter: str
    node: str
    health: Health
    version: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A registration that is left out, and why, in words for the operator."""

    id: str
    reason: str


Record = TypeVar("Record", Worker, RegionEndpoint)


def sift(instances: Iterable[Instance], parse: Callable[[Instance], Record | Rejected]) -> tuple[list[Record], list[Rejected]]:
    """The instances that are what they must be, and those that are not."""
    parsed = [parse(instance) for instance in instances]
    return [one for one in parsed if not isinstance(one, Rejected)], [one for one in parsed if isinstance(one, Rejected)]


def remembered(parse: Callable[[Instance], Record | Rejected]) -> Callable[[Instance], Record | Rejected]:
    """`parse`, with what it made of an instance kept for as long as that is: an answer repeats nearly all of the one before."""
    found: WeakKeyDictionary[Instance, Record | Rejected] = WeakKeyDictionary()

    @wraps(parse)
    def recalling(instance: Instance) -> Record | Rejected:
        known = found.get(instance)
        if known is None:
            known = found[instance] = parse(instance)
        return known

    return recalling


@remembered
def as_worker(instance: Instance) -> Worker | Rejected:
    """The worker that an instance of service `solver` describes."""
    meta = instance.meta
    try:
        return Worker(
            id=_printable(instance.id, "ID"),
            region=_region(meta),
            datacenter=instance.datacenter,
            node=_printable(instance.node, "node"),
            host=check_ip(instance.address),
            port=_whole("Port", instance.port, 1, 65_535),
            slots=_whole("slots", meta.get("slots", "1"), 1, MOST_SLOTS),
            weight=_whole("weight", meta.get("weight", "1"), 1, MOST_WEIGHT),
            backup=_flag("backup", meta.get("backup", "false")),
            resumable=_flag("resumable", meta.get("resumable", "false")),
            version=_printable(meta.get("version", ""), "version"),
            health=instance.health,
            tls=_flag("tls", meta.get("tls", "false")),
        )
    except ValueError as error:
        return Rejected(instance.id, str(error))


def as_region_endpoint(instance: Instance) -> RegionEndpoint | Rejected:
    """The region endpoint that an instance of service `nearway-region` describes."""
    meta = instance.meta
    try:
        return RegionEndpoint(
            id=_printable(instance.id, "ID"),
            region=_region(meta),
            title=_printable(meta.get("title", ""), "title"),
            location=parse_location(meta.get("location", "")),
            url=check_url(meta.get("url", "")),
            datacenter=instance.datacenter,
            node=_printable(instance.node, "node"),
            health=instance.health,
            version=_printable(meta.get("version", ""), "version"),
        )
    except ValueError as error:
        return Rejected(instance.id, str(error))


def parse_location(text: str) -> tuple[float, float]:
    """`"38.9,-77.4"` as latitude and longitude in degrees; ValueError says what is wrong."""
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"location {text!r} is not 'latitude,longitude' in degrees") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"location {text!r} is not on the globe: latitude -90 to 90, longitude -180 to 180")
    return latitude, longitude


def host_port(host: str, port: int) -> str:
    """`host:port`, with an IPv6 address in brackets (RFC 3986 §3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_url(text: str) -> str:
    """`text` if it is the base of an HTTP endpoint (scheme, host, port, no path); else ValueError."""
    url = urlsplit(text)
    plain = re.fullmatch(r"https?://[A-Za-z0-9._\[\]:-]+", text)
    if not plain or not url.hostname or (url.port is not None and not 1 <= url.port <= 65_535):
        raise ValueError(f"url {text!r} is not like http://10.0.0.1:8081: scheme, host, port and no path")
    return text


def check_ip(text: str) -> str:
    """`text` as an IP address in its usual form; else ValueError."""
    # A scope ("fe80::1%eth0") may hold any characters, a line of nginx configuration among them.
    try:
        return str(ipaddress.ip_address(text.replace("%", "?")))
    except ValueError:
        raise ValueError(f"Address {text!r} is not an IP address without a scope") from None


def check_region(name: str) -> str:
    """`name` if it may name a region; else ValueError."""
    if not REGION_NAME.fullmatch(name):
        raise ValueError(f"region {name!r} is not 1 to 63 small letters, digits and inner hyphens")
    return name


def _region(meta: Mapping[str, str]) -> str:
    return check_region(meta.get("region", ""))


def _whole(name: str, value: object, least: int, most: int) -> int:
    text = str(value)
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise ValueError(f"{name} {text!r} is not a whole number from {least} to {most}")
    return int(text)


def _flag(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{name} {text!r} is not 'true' or 'false'")
    return text == "true"


def _printable(text: str, name: str) -> str:
    if not text.isprintable() or len(text) > 512:
        raise ValueError(f"{name} {text!r} holds characters that can't be printed, or over 512 of them")
    return text
