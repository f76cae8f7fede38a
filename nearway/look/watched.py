"""What one who watches knows: the gateway's last report, and since when it says nothing.

Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nearway.look.changes import Change, changes
from nearway.look.report import Report


@dataclass(frozen=True, slots=True)
class Silence:
    """The gateway gave no report; why, and what to do."""

    why: str


@dataclass(frozen=True, slots=True)
class Watched:
    """`silence` is why nothing comes, since `since` (seconds of the watcher's clock); None while reports come."""

    report: Report | None = None
    silence: str | None = None
    since: float = 0.0

    def heard(self, news: Report | Silence, now: float) -> "Watched":
        """What is known after that."""
        if isinstance(news, Report):
            return Watched(news)
        return replace(self, silence=news.why, since=self.since if self.silence else now)


def told(before: Watched, after: Watched) -> Iterator[Change]:
    """What is told of the step from one to the other, where nobody sees a table."""
    if after.silence is not None and before.silence != after.silence:
        yield Change(None, after.silence)
    if after.silence is not None or after.report is None:
        return
    if before.silence is not None and before.report is not None:
        yield Change(None, "the gateway answers again")
    yield from _first(after.report) if before.report is None else changes(before.report, after.report)


def _first(report: Report) -> Iterator[Change]:
    yield from changes(replace(report, regions=()), report)
    if not report.regions:
        yield Change(None, "the gateway knows no region")
