"""What the datacenters say of regions and dials before one is set.

Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from discovery.dials import DIALS, Dial
from discovery.query import Service
from discovery.records import REGION_ENDPOINTS, WORKERS
from discovery.view import View

QUESTIONS = (Service(name=REGION_ENDPOINTS), Service(name=WORKERS), DIALS)
"""What each datacenter is asked."""


@dataclass(frozen=True, slots=True)
class Dialable:
    """The regions there are, the dials that are set, and the datacenters that gave no answer, with the reason."""

    regions: frozenset[str]
    dials: Mapping[str, Dial]
    silent: Mapping[str, str] = field(default_factory=dict)


def dialable(view: View) -> Dialable:
    """A region is known by its endpoint, its workers or a dial it had before.

    A datacenter that is silent may be just the one that knows of the region that is to be drained. Mostly the two have one
    name, so that name is taken for a region's.
    """
    silent = {str(query.datacenter): answer.trouble for query, answer in view.answers.items() if answer.trouble}
    dials, _ = view.dials()
    return Dialable(frozenset({*view.regions(), *dials, *silent}), dials, dict(sorted(silent.items())))


def unknown(region: str, among: Dialable) -> str:
    """What to tell who names a region that is not known."""
    there_are = ", ".join(sorted(among.regions)) or "none"
    silent = f"; {', '.join(among.silent)} gave no answer" if among.silent else ""
    return f"no region {region!r} is known{silent}. There are: {there_are}"
