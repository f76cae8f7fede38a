"""What templates are given of Consul: small records, read only, with the names people expect. Pure.

Nothing in them is escaped, for nobody here knows the language a template writes: see the quoting filters (`filters.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from discovery.instance import Health, Instance
from discovery.query import Node, Pair
from discovery.records import host_port


@dataclass(frozen=True, slots=True)
class ServiceInstance:
    """One instance of a service. `status` is `passing`, `warning` or `critical`: the worst of its checks and its node's."""

    name: str
    id: str
    address: str
    port: int
    status: Health
    tags: tuple[str, ...]
    meta: Mapping[str, str]
    node: str
    node_address: str
    node_meta: Mapping[str, str]
    datacenter: str

    @property
    def host_port(self) -> str:
        """`address:port`, with an IPv6 address in brackets."""
        return host_port(self.address, self.port)


@dataclass(frozen=True, slots=True)
class CatalogNode:
    """A machine with a Consul agent."""

    name: str
    address: str
    datacenter: str
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyValue:
    """A key and its value: `key` as seen from the path that was asked for, `path` all of it."""

    key: str
    value: str
    path: str


def instance(one: Instance) -> ServiceInstance:
    """As templates see it."""
    return ServiceInstance(
        name=one.service,
        id=one.id,
        address=one.address,
        port=one.port,
        status=one.health,
        tags=one.tags,
        meta=_in_order(one.meta),
        node=one.node,
        node_address=one.node_address,
        node_meta=_in_order(one.node_meta),
        datacenter=one.datacenter,
    )


def node(one: Node) -> CatalogNode:
    """As templates see it."""
    return CatalogNode(one.name, one.address, one.datacenter, dict(one.meta))


def below(folder: str, pairs: tuple[Pair, ...]) -> tuple[KeyValue, ...]:
    """The keys in a folder (which ends in `/`, or is empty for all), without those that only make folders visible."""
    named = (pair for pair in pairs if not pair.key.endswith("/"))
    return tuple(KeyValue(pair.key.removeprefix(folder), pair.value, pair.key) for pair in named)


def _in_order(fields: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(fields.items()))
