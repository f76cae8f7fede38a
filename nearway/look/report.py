"""What a gateway tells of regions and workers at `/regions`, read: docs/regions.md has what each member means.

Pure.
"""

from dataclasses import dataclass
from typing import Any

from nearway.look.reading import count, number, object_in, objects, objects_in, rows_of, text


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker, as it is registered."""

    id: str
    region: str
    address: str | None
    health: str | None
    slots: int | None
    weight: int | None
    datacenter: str | None
    version: str | None
    is_backup: bool
    is_resumable: bool


@dataclass(frozen=True, slots=True)
class Region:
    """A region, as the gateway sees it. `heard` is in seconds ago, `round_trip` in milliseconds."""

    name: str
    title: str | None
    state: str
    why_not: str | None
    slots: int | None
    limit: int | None
    in_flight: int | None
    share: float | None
    dialled_by: str | None
    round_trip: float | None
    heard: float | None
    trouble: str | None
    endpoints: int
    workers: tuple[Worker, ...]

    @property
    def takes_tasks(self) -> bool:
        """Whether it would take one now or in a moment."""
        return self.state in ("well", "full")


@dataclass(frozen=True, slots=True)
class Money:
    """How many tasks were submitted, and what became of them: today by the ledger, else since the gateway's start.

    `trouble` is why the ledger could not be read.
    """

    submitted: int
    solved: int
    failed: int
    unknown: int
    is_of_today: bool
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Tenant:
    """What a tenant uses, and may use: its limits are None where it has none."""

    name: str
    in_flight: int | None
    slots: int | None
    waiting: int | None
    queue: int | None
    submitted: int | None
    daily: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. `left_out` are registrations and dials that are not as they must be, each with the reason.

    `is_blank` when the gateway has heard nothing of Consul yet: that it tells of no region means nothing.
    """

    version: str | None
    regions: tuple[Region, ...]
    waiting: int | None
    left_out: tuple[tuple[str, str], ...]
    is_blank: bool = False
    money: Money | None = None
    tenants: tuple[Tenant, ...] = ()

    @property
    def in_flight(self) -> int:
        """The gateway's tasks at all regions."""
        return sum(region.in_flight or 0 for region in self.regions)

    @property
    def workers(self) -> tuple[Worker, ...]:
        """Those of all regions."""
        return tuple(worker for region in self.regions for worker in region.workers)


def report_from(body: Any) -> Report:
    """The report in an answer. ReadingError when it is none."""
    regions = tuple(_region(row) for row in rows_of(body, "regions"))
    left_out = tuple((str(one.get("id")), str(one.get("reason"))) for one in objects(body.get("rejected")))
    is_blank = not regions and not any(_heard_of(one) for one in objects(body.get("datacenters")))
    money, tenants = money_from(body.get("money")), _tenants(body.get("tenants"))
    return Report(text(body.get("version")), regions, count(body.get("waiting")), left_out, is_blank, money, tenants)


def _tenants(told: Any) -> tuple[Tenant, ...]:
    names = "in_flight", "slots", "waiting", "queue", "submitted_today", "daily"
    return tuple(Tenant(name, *(count(row.get(member)) for member in names)) for name, row in objects_in(told).items())


def money_from(told: Any) -> Money | None:
    """What was spent; None where that is not told (yet)."""
    if not isinstance(told, dict) or not told:
        return None
    submitted, solved, failed, unknown = (count(told.get(name)) or 0 for name in ("submitted", "solved", "failed", "unknown"))
    return Money(submitted, solved, failed, unknown, told.get("from") == "ledger", text(told.get("trouble")))


def _heard_of(datacenter: dict[str, Any]) -> bool:
    services = datacenter.get("services")
    answers = objects(list(services.values())) if isinstance(services, dict) else ()
    return any(number(answer.get("heard_seconds_ago")) is not None for answer in answers)


def _region(row: dict[str, Any]) -> Region:
    name = str(row.get("name"))
    return region_from(
        name,
        row,
        why_not=text(row.get("why_not")),
        round_trip=number(row.get("round_trip_ms")),
        heard=number(row.get("heard_seconds_ago")),
        endpoints=len(list(objects(row.get("endpoints")))),
        workers=tuple(worker_from(str(one.get("id")), one, name) for one in objects(row.get("workers"))),
    )


def region_from(
    name: str,
    row: dict[str, Any],
    *,
    why_not: str | None,
    round_trip: float | None,
    heard: float | None,
    endpoints: int,
    workers: tuple[Worker, ...],
) -> Region:
    """A region by the members that a gateway gives the same names wherever it tells of one."""
    dial, slots = object_in(row.get("dial")), count(row.get("slots"))
    return Region(
        name=name,
        title=text(row.get("title")),
        state=text(row.get("state")) or _state(row),
        why_not=why_not,
        slots=slots,
        limit=slots if row.get("limit") is None else count(row.get("limit")),
        in_flight=count(row.get("in_flight")),
        share=number(dial.get("share")),
        dialled_by=text(dial.get("by")),
        round_trip=round_trip,
        heard=heard,
        trouble=text(row.get("trouble")),
        endpoints=endpoints,
        workers=workers,
    )


def _state(row: dict[str, Any]) -> str:
    """In the words of a gateway that knows no `state`."""
    return "well" if row.get("takes_tasks") is True else "takes none"


def worker_from(name: str, row: dict[str, Any], region: str) -> Worker:
    """A worker of a region."""
    return Worker(
        id=name,
        region=region,
        address=text(row.get("address")),
        health=text(row.get("health")),
        slots=count(row.get("slots")),
        weight=count(row.get("weight")),
        datacenter=text(row.get("datacenter")),
        version=text(row.get("version")),
        is_backup=row.get("backup") is True,
        is_resumable=row.get("resumable") is True,
    )
