"""Callbacks in the ledger: which are due, taken by one gateway for a while, and what came of them.

What is taken is due again after `LEASE`, should the gateway that took it end before it says what came of it.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, or_, select, update

from gateway.callbacks.fair import Due, UnderWay
from gateway.callbacks.outcome import Sent
from gateway.ledger.record import Record
from gateway.ledger.rows import record_of
from gateway.ledger.schema import TASKS

LEASE = 60.0
"""Seconds for which a callback is its gateway's alone: longer than a try takes, and what was found out is written."""

LOST = 300.0
"""Seconds after its deadline from which on a task without an end is taken for one that nobody will end."""

LOOK = 256
"""Rows that are chosen from at once."""


def write_sent(connection: Connection, results: Sequence[Sent]) -> None:
    """Write down what came of tries. One that another gateway has taken meanwhile is left to that, unless it is over."""
    for one in results:
        statement = update(TASKS).where(TASKS.c.id == one.task).values(callback_due=one.again, callback_end=str(one))
        if one.again is None:
            statement = statement.values(callback=None)
        else:
            statement = statement.where(TASKS.c.callback_tries == one.tries, TASKS.c.callback_due.is_not(None))
        connection.execute(statement)


def take_due(connection: Connection, under_way: UnderWay, now: float) -> list[Record]:
    """Take those of the due ones that may go beside `under_way`. They have ended, or nobody will end them."""
    if under_way.room <= 0:
        return []
    due = (
        select(TASKS.c.id, TASKS.c.tenant, TASKS.c.callback_host)
        .where(TASKS.c.callback_due <= now)
        .where(or_(TASKS.c.ended.is_not(None), TASKS.c.deadline < now - LOST))
        .where(TASKS.c.callback_host.not_in(under_way.full_hosts), TASKS.c.tenant.not_in(under_way.full_tenants))
        .order_by(TASKS.c.callback_due)
        .limit(LOOK)
        .with_for_update(skip_locked=True)
    )
    chosen = [one.task for one in under_way.chosen(Due(*row) for row in connection.execute(due))]
    if not chosen:
        return []
    taken = update(TASKS).where(TASKS.c.id.in_(chosen))
    connection.execute(taken.values(callback_due=now + LEASE, callback_tries=TASKS.c.callback_tries + 1))
    return [record_of(row) for row in connection.execute(select(TASKS).where(TASKS.c.id.in_(chosen))).mappings()]
