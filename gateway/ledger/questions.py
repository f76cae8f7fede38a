"""What people ask a ledger, as queries.

Pure.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, and_, case, cast, func, not_, select
from sqlalchemy.sql.elements import ColumnElement

from contract.deadline import LONGEST_TASK
from contract.submitted import Submitted
from gateway.ledger.leases import Me
from gateway.ledger.record import State
from gateway.ledger.schema import TASKS

DAY = 86_400
"""Seconds. Days are those of UTC."""

GROUPS = ("tenant", "region", "day")

COUNTS = ("tasks", "submitted", "solved", "failed", "unknown")


@dataclass(frozen=True, slots=True)
class Which:
    """Which tasks: all of which holds. `since` is a time in seconds since 1970, of their arrival."""

    since: float = 0.0
    tenant: str | None = None
    region: str | None = None
    state: State | None = None
    money: Submitted | None = None
    error: str | None = None


def tasks(which: Which, most: int) -> Select[Any]:
    """The newest tasks, without their answers."""
    columns = [column for column in TASKS.columns if column.name != "result"]
    return select(*columns).where(_holds(which)).order_by(TASKS.c.arrived.desc()).limit(most)


def task(name: str) -> Select[Any]:
    """One task, by its id or the beginning of it; two rows when it is the beginning of several."""
    exact = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return select(TASKS).where(TASKS.c.id.like(f"{exact}%", escape="\\")).limit(2)


def spend(which: Which, by: tuple[str, ...], dialect: str) -> Select[Any]:
    """How many tasks, and what became of the money, by tenant, region or day.

    `submitted` are those that are paid for; of these, `solved` have their answer, and `failed` ended without. `unknown` may be
    paid for besides.
    """
    groups = [_group(name, dialect) for name in by]
    paid = TASKS.c.money == Submitted.YES
    counts = {
        "tasks": func.count(),
        "submitted": _sum(paid),
        "solved": _sum(and_(paid, TASKS.c.state == State.SOLVED)),
        "failed": _sum(and_(paid, TASKS.c.state == State.FAILED)),
        "unknown": _sum(TASKS.c.money == Submitted.UNKNOWN),
    }
    columns: list[ColumnElement[Any]] = [group.label(name) for name, group in zip(by, groups, strict=True)]
    columns += [count.label(name) for name, count in counts.items()]
    return select(*columns).where(_holds(which)).group_by(*groups).order_by(*groups)


def submitting(now: float) -> Select[Any]:
    """How many tasks are being handed over at a moment: paid for or not, it will be known soon."""
    return select(func.count().label("tasks")).where(TASKS.c.state == State.SUBMITTING, TASKS.c.deadline >= now)


def spent(tenants: Collection[str], since: float, me: Me, began: float) -> Select[Any]:
    """Submissions since a time that cost or may have, by tenant; but for those of a gateway since it began, which knows them.

    What it took over from another is not among these.
    """
    its_own = and_(TASKS.c.run == me.run, TASKS.c.gateway == me.gateway, TASKS.c.arrived >= began)
    came_since = TASKS.c.arrived >= since - 2 * LONGEST_TASK  # there is an index by arrival
    is_spent = and_(TASKS.c.submitted >= since, TASKS.c.money != Submitted.NO, TASKS.c.tenant.in_(tenants))
    counted = select(TASKS.c.tenant, func.count().label("spent")).where(came_since, is_spent, func.coalesce(not_(its_own), True))
    return counted.group_by(TASKS.c.tenant)


def _holds(which: Which) -> ColumnElement[bool]:
    wanted = {"tenant": which.tenant, "region": which.region, "state": which.state, "money": which.money, "error": which.error}
    equal = [TASKS.c[name] == value for name, value in wanted.items() if value is not None]
    return and_(TASKS.c.arrived >= which.since, *equal)


def _group(name: str, dialect: str) -> ColumnElement[Any]:
    if name != "day":
        return func.coalesce(TASKS.c[name], "")
    days = TASKS.c.arrived / DAY
    return cast(days if dialect == "sqlite" else func.floor(days), Integer)  # PostgreSQL's cast would round


def _sum(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))
