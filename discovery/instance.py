"""One registered service instance, as Consul's health endpoint tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Health(StrEnum):
    """The worst of an instance's checks (and its node's)."""

    PASSING = "passing"
    WARNING = "warning"
    CRITICAL = "critical"


TAKES_TASKS = (Health.PASSING, Health.WARNING)
"""A warning is a busy worker, not a dead one."""

_SEVERITY = {Health.PASSING: 0, Health.WARNING: 1, Health.CRITICAL: 2}


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Instance:
    """What Consul says of one instance; nothing in it is to be trusted before it was checked (see `records.py`)."""

    datacenter: str
    node: str
    service: str
    id: str
    address: str
    port: int
    health: Health
    meta: Mapping[str, str] = field(default_factory=dict, hash=False)
    tags: tuple[str, ...] = ()
    node_address: str = ""
    node_meta: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """Unique over all datacenters: a service id is unique per agent only."""
        return (self.datacenter, self.node, self.id)


def worst(statuses: list[str]) -> Health:
    """The aggregate of check statuses. No check at all is passing, as in Consul; an unknown word is critical."""
    known = [Health(status) if status in Health.__members__.values() else Health.CRITICAL for status in statuses]
    return max(known, key=_SEVERITY.__getitem__, default=Health.PASSING)


def parse_instances(datacenter: str | None, entries: object) -> tuple[Instance, ...]:
    """The instances in an answer of `/v1/health/service/<name>`, in its order; `datacenter` is None where their nodes say it.

    ValueError when the answer does not have the shape the API documents.
    """
    if not isinstance(entries, list):
        raise ValueError(f"Consul answered {type(entries).__name__} where a list of service entries belongs")  # noqa: TRY004
    try:
        return tuple(_parse(datacenter, entry) for entry in entries)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"Consul answered a service entry that can't be read: {error!r}") from error


def _parse(datacenter: str | None, entry: dict[str, Any]) -> Instance:
    node, service = entry["Node"], entry["Service"]
    return Instance(
        datacenter=datacenter or str(node["Datacenter"]),
        node=str(node["Node"]),
        service=str(service["Service"]),
        id=str(service["ID"]),
        address=str(service.get("Address") or node["Address"]),
        port=int(str(service.get("Port") or 0)),
        health=worst([str(check["Status"]) for check in entry.get("Checks") or ()]),
        meta=_strings(service.get("Meta")),
        tags=tuple(sorted(str(tag) for tag in service.get("Tags") or ())),
        node_address=str(node["Address"]),
        node_meta=_strings(node.get("Meta")),
    )


def _strings(fields: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(key): str(value) for key, value in (fields or {}).items()}
