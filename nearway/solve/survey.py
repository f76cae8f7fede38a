"""A file of tasks, looked through before anything of it is sent.

Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from nearway.solve.item import Item, Unreadable
from nearway.solve.journal import Journal, JournalError


@dataclass(frozen=True, slots=True)
class Survey:
    """`total` is how many tasks there are to send, `unreadable` the lines that are none."""

    total: int
    unreadable: tuple[Unreadable, ...]


def survey(found: Iterable[Item | Unreadable], journal: Journal | None) -> Survey:
    """All of them. JournalError when they are not those that the journal tells of."""
    total, unreadable, seen = 0, [], set()
    for one in found:
        if isinstance(one, Unreadable):
            unreadable.append(one)
            continue
        if journal is not None:
            journal.key(one)
            seen.add(one.line)
        total += journal is None or journal.known(one) is None
    if journal is not None and (gone := journal.sent.keys() - seen):
        raise JournalError(f"line {min(gone)} of the input, which was sent, is a task no longer")
    return Survey(total, tuple(unreadable))
