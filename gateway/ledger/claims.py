"""Whose a task is: claimed by its key, or taken over from a gateway that is gone. Each is done inside a transaction."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, Double, and_, case, cast, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql

from gateway.ledger.leases import LEASE, MARGIN, Leases, Seen, alone
from gateway.ledger.record import Record, State
from gateway.ledger.rows import record_of, row_of
from gateway.ledger.schema import GATEWAYS, TASKS, insert_if_key_is_free
from gateway.ledger.verdict import GOES_ON, Verdict

Judge = Callable[[Record, bool], Verdict]
"""What becomes of a record under a key; the second says that nobody carries it."""

_FORGOTTEN = 86_400.0
"""Seconds after the end of a lease for which its row is kept, for who looks into the table."""

_NOW = cast(func.extract("epoch", func.clock_timestamp()), Double)


def claim(connection: Connection, wanted: Record, judge: Judge, run: str) -> tuple[Record, Verdict] | None:
    """Write a new record with a key, unless its tenant has one with that key that still counts: then that one, and what it means.

    What is to be gone on with is ours from then on.
    """
    mine = select(TASKS).where(TASKS.c.tenant == wanted.tenant, TASKS.c.key == wanted.key).with_for_update()
    while True:
        found = connection.execute(mine).mappings().one_or_none()
        if found is not None:
            there = record_of(found)
            verdict = judge(there, there.ended is None and leases_of(connection, run).leaves(there))
            if verdict in GOES_ON:
                _keep(connection, [there.id], run)
                return replace(there, run=run), verdict
            if verdict is not Verdict.NEW:
                return there, verdict
            _give_up(connection, there, wanted, run)
        if connection.execute(insert_if_key_is_free(connection.dialect.name), row_of(wanted)).rowcount:
            return None
        # Another gateway was faster, by the time between our look and our try: look again.


def take(connection: Connection, run: str, most: int) -> list[Record]:
    """Take over rows without an end from gateways that are gone, so many."""
    leases = leases_of(connection, run)
    if not leases.may_judge:
        return []
    left = select(TASKS).where(TASKS.c.ended.is_(None), _is_left(leases))
    rows = connection.execute(left.order_by(TASKS.c.arrived).limit(most).with_for_update(skip_locked=True)).mappings().all()
    taken = [replace(record_of(row), run=run) for row in rows]
    _keep(connection, [one.id for one in taken], run)
    return taken


def look(connection: Connection, names: Sequence[str], run: str) -> dict[str, Seen]:
    """Rows by their ids."""
    leases = leases_of(connection, run)
    records = map(record_of, connection.execute(select(TASKS).where(TASKS.c.id.in_(names))).mappings())
    return {record.id: Seen(record, record.ended is None and leases.leaves(record)) for record in records}


def leases_of(connection: Connection, run: str) -> Leases:
    """The leases as they are now."""
    if connection.dialect.name == "sqlite":
        return alone(run)
    rows = connection.execute(select(GATEWAYS.c.run, GATEWAYS.c.since, GATEWAYS.c.until)).all()
    now = connection.execute(select(_NOW)).scalar_one()
    since = next((row.since for row in rows if row.run == run and row.until >= now), now)
    return Leases(run, now, since, {row.run: row.until for row in rows})


def beat(connection: Connection, run: str, gateway: str) -> None:
    """Renew our lease, and forget those that ended long ago."""
    if connection.dialect.name == "sqlite":
        return
    now = connection.execute(select(_NOW)).scalar_one()
    connection.execute(delete(GATEWAYS).where(GATEWAYS.c.until < now - _FORGOTTEN))
    made = postgresql.insert(GATEWAYS).values(run=run, gateway=gateway, since=now, until=now + LEASE)
    since = case((GATEWAYS.c.until < now, made.excluded.since), else_=GATEWAYS.c.since)
    connection.execute(made.on_conflict_do_update(index_elements=["run"], set_={"since": since, "until": made.excluded.until}))


def leave(connection: Connection, run: str) -> None:
    """End our lease: what we leave behind may be taken over at once."""
    connection.execute(delete(GATEWAYS).where(GATEWAYS.c.run == run))


def _is_left(leases: Leases) -> ColumnElement[bool]:
    """What `Leases.leaves` says of others' rows, for the database to find them."""
    is_old = and_(TASKS.c.run.is_(None), TASKS.c.deadline < leases.now - MARGIN)
    return or_(TASKS.c.run.not_in(leases.living), is_old)


def _keep(connection: Connection, names: Sequence[str], run: str) -> None:
    if names:
        connection.execute(update(TASKS).where(TASKS.c.id.in_(names)).values(run=run))


def _give_up(connection: Connection, there: Record, wanted: Record, run: str) -> None:
    """The key is another task's from now on, and nobody may submit this one any more, or tell of its end."""
    end = {"state": State.LEFT, "ended": wanted.arrived, "callback": None, "callback_due": None} if there.ended is None else {}
    connection.execute(update(TASKS).where(TASKS.c.id == there.id).values(key=None, run=run, **end))
