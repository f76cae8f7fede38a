"""What a check found.

Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, and should be looked at."""
    WRONG = "wrong"
    """Something does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's: `check` is its name, `what` was found, `mend` says what to do; None when there is nothing to do."""

    check: str
    level: Level
    what: str
    mend: str | None = None


def ok(check: str, what: str) -> Finding:
    """All is as it should be."""
    return Finding(check, Level.OK, what)


def warning(check: str, what: str, mend: str) -> Finding:
    """It works, and should be looked at."""
    return Finding(check, Level.WARNING, what, mend)


def wrong(check: str, what: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(check, Level.WRONG, what, mend)


def many(count: int, thing: str) -> str:
    """So many of a thing."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def worst(found: Iterable[Finding]) -> Level:
    """The worst of all; ok when there are none."""
    return max((one.level for one in found), key=list(Level).index, default=Level.OK)
