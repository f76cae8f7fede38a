"""What a gateway says at `/explain`, read, and in words.

Pure.
"""

from dataclasses import dataclass
from typing import Any

from nearway.look.reading import objects, rows_of, text


@dataclass(frozen=True, slots=True)
class Passed:
    """A region, in the order of nearness: what its place goes by, and why it takes no task now; None while it does."""

    region: str
    place: str | None
    why_not: str | None


@dataclass(frozen=True, slots=True)
class Explained:
    """Where the task of a client at `ip` would go. `goes_to` is None when no region takes it; `then` is what becomes of it."""

    ip: str
    places: tuple[str, ...]
    goes_to: str | None
    why: str | None
    then: str | None
    regions: tuple[Passed, ...]

    @property
    def is_refused(self) -> bool:
        """Whether the client would be told to come again later."""
        return "refused" in (self.then or "")


def explained_from(body: Any) -> Explained:
    """The answer's meaning. ReadingError when it is none."""
    rows = rows_of(body, "regions")
    return Explained(
        ip=str(body.get("ip")),
        places=tuple(str(one.get("why")) for one in objects(body.get("places"))),
        goes_to=text(body.get("goes_to")),
        why=text(body.get("why")),
        then=text(body.get("then")),
        regions=tuple(Passed(str(row.get("region")), text(row.get("place")), text(row.get("why_not"))) for row in rows),
    )


def sentences(told: Explained) -> list[str]:
    """All of it in words, a line each."""
    to = f"goes to {told.goes_to}" if told.goes_to else "goes nowhere now"
    lines = [f"A task of a client at {told.ip} {to}: {told.why or 'no reason is given'}.", f"Then {told.then or '?'}.", ""]
    for number, row in enumerate(told.regions, 1):
        taken = "this is where it goes" if row.region == told.goes_to else row.why_not or "it would take it"
        lines.append(f"{number}. {row.region}: {taken} ({row.place or 'nothing tells how near it is'})")
    if not told.regions:
        lines.append("No region is known: start a renderer and workers, or look at CONSUL_HTTP_ADDR of the gateway.")
    return lines
