"""What has changed for the regions from one view to the next, for the log: lost, back, new, and dials that people set.

Pure. A region is lost when nothing new could go there whoever asks: no endpoint that passes, or no worker that takes tasks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from discovery.dials import Dial
from discovery.view import Region, View
from gateway.choose import endpoint, slots_of


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a region, in a word for programs and a sentence for people."""

    region: str
    change: str
    text: str

    @property
    def is_grave(self) -> bool:
        """Whether somebody should look."""
        return self.change == "lost"


def changes(before: View, after: View) -> Iterator[Change]:
    """All of them, by region."""
    known, now = before.regions(), after.regions()
    for name in sorted({*known, *now}):
        why_not, was_why_not = _trouble(now.get(name)), _trouble(known.get(name))
        if why_not and was_why_not is None:
            yield Change(name, "lost", f"region {name} can take no task: {why_not}")
        elif why_not is None and was_why_not:
            yield Change(name, "back" if name in known else "new", f"region {name} can take tasks")
    yield from _dialled(before.dials()[0], after.dials()[0])


def _trouble(region: Region | None) -> str | None:
    if region is None:
        return "nothing of it is registered"
    if endpoint(region) is None:
        return "its endpoint is not passing" if region.endpoints else "it has no endpoint"
    return None if slots_of(region) else "it has no healthy worker"


def _dialled(before: Mapping[str, Dial], after: Mapping[str, Dial]) -> Iterator[Change]:
    for name in sorted({*before, *after}):
        if before.get(name) == after.get(name):
            continue
        dial = after.get(name)
        change = "undialled" if dial is None else "drained" if dial.share == 0 else "dialled"
        yield Change(name, change, f"region {name}: " + ("it has no dial any more" if dial is None else f"its dial is {dial}"))
