"""What changed between two reports, in words.

Pure. Load is not told of: it changes all the time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nearway.look.report import Region, Report, Worker


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a region; None where it is of the gateway."""

    region: str | None
    what: str

    def __str__(self) -> str:
        return f"{self.region}: {self.what}" if self.region else self.what


def changes(before: Report, after: Report) -> Iterator[Change]:
    """In the order of the regions' names."""
    old, new = _by_name(before), _by_name(after)
    for name in sorted({*old, *new}):
        if name not in new:
            yield Change(name, "it is gone")
        elif name not in old:
            yield Change(name, f"it is new, {_state(new[name])}")
        else:
            yield from (Change(name, what) for what in _of(old[name], new[name]))


def _of(old: Region, new: Region) -> Iterator[str]:
    if old.state != new.state:
        yield f"{old.state}, now {_state(new)}"
    if old.share != new.share:
        by = f", set by {new.dialled_by}" if new.dialled_by else ""
        yield f"its dial was {_dial(old)}, now {_dial(new)}{by}"
    if bool(old.trouble) != bool(new.trouble):
        yield f"Consul does not answer for it: {new.trouble}" if new.trouble else "Consul answers for it again"
    yield from _workers({one.id: one for one in old.workers}, {one.id: one for one in new.workers})


def _workers(old: Mapping[str, Worker], new: Mapping[str, Worker]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if name not in new:
            yield f"worker {name} is gone"
        elif name not in old:
            yield f"worker {name} is new, {new[name].health}, with {new[name].slots} slots"
        elif old[name].health != new[name].health:
            yield f"worker {name} was {old[name].health}, now {new[name].health}"
        elif old[name].slots != new[name].slots:
            yield f"worker {name} had {old[name].slots} slots, now {new[name].slots}"


def _state(region: Region) -> str:
    return f"{region.state}: {region.why_not}" if region.why_not else region.state


def _dial(region: Region) -> str:
    return "1" if region.share is None else f"{region.share:g}"


def _by_name(report: Report) -> dict[str, Region]:
    return {region.name: region for region in report.regions}
