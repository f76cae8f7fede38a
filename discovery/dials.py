"""Dials: the share of a region's slots that may be used, set by people, kept in Consul's KV store, one key per region.

Pure. A dial is written into every datacenter that answers, so that a region can be drained while its own is down; where they
differ, the newest counts. Nothing in the store is trusted: what is not as it must be becomes `Rejected`, with the reason.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from discovery.query import Pair, Pairs
from discovery.records import Rejected, check_region
from discovery.rights import DIALS_PREFIX

DIALS = Pairs(prefix=DIALS_PREFIX)
"""Asks a datacenter for all its dials. The key of a region's dial is the prefix and the region's name."""

LONGEST_BY, LONGEST_WHY = 128, 200
"""Characters of the name of who set a dial, and of the reason."""

_TIME = re.compile(r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)", re.ASCII)
"""RFC 3339, of which UTC only: offsets would have to be shown, and compared, by everybody who reads it. The year has an end, so
that there always is a later time."""


@dataclass(frozen=True, slots=True)
class Dial:
    """A region's share of its slots, 0.0 to 1.0 (0 drains it), when it was set (UTC), by whom and why, which may be empty."""

    share: float
    at: datetime
    by: str
    why: str = ""

    def __str__(self) -> str:
        why = f": {self.why}" if self.why else ""
        return f"{self.share:g}, set by {self.by} at {_text(self.at.replace(microsecond=0))}{why}"


def key_of(region: str) -> str:
    """The key of a region's dial."""
    return DIALS_PREFIX + region


def value_of(dial: Dial) -> str:
    """The value kept under it."""
    return json.dumps({"dial": dial.share, "at": _text(dial.at), "by": dial.by} | ({"why": dial.why} if dial.why else {}))


def newest(kept: Iterable[Pair]) -> tuple[Mapping[str, Dial], tuple[Rejected, ...]]:
    """The dial of each region, from the keys of all datacenters, and those that are none.

    Of two set at the same moment the smaller share counts: to give a region too little costs less than to give it too much.
    """
    dials: dict[str, Dial] = {}
    rejected = []
    for pair in kept:
        region = pair.key.removeprefix(DIALS_PREFIX)
        try:
            check_region(region)
            dial = parse_dial(pair.value)
        except ValueError as error:
            rejected.append(Rejected(pair.key, str(error)))
        else:
            dials[region] = max(dials.get(region, dial), dial, key=lambda one: (one.at, -one.share, one.by))
    return dict(sorted(dials.items())), tuple(rejected)


def after(now: datetime, before: Dial | None) -> datetime:
    """The time to write on a dial that replaces another: now, or just after the other's, should that clock have been ahead."""
    return now if before is None else max(now, before.at + timedelta(microseconds=1))


def parse_dial(value: str) -> Dial:
    """The dial that a value in the store describes; ValueError says what is wrong with it."""
    try:
        members = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the value is no JSON: {error}") from None
    if not isinstance(members, dict):
        raise ValueError('the value is no JSON object like {"dial": 0.3, "at": "2026-01-31T12:00:00Z", "by": "ann@host"}')  # noqa: TRY004
    share, at = _share(members.get("dial")), _time(members.get("at"))
    return Dial(share, at, check_by(members.get("by")), check_why(members.get("why", "")))


def check_share(share: float) -> float:
    """`share` if a dial can be set to it; else ValueError."""
    if not 0 <= share <= 1:
        raise ValueError(f"dial {share!r} is not a number from 0 to 1")
    return float(share)


def check_by(by: object) -> str:
    """`by` if it can name who set a dial; else ValueError."""
    if not isinstance(by, str) or not by or not by.isprintable() or len(by) > LONGEST_BY:
        raise ValueError(f"by {by!r} is not a name of 1 to {LONGEST_BY} printable characters")
    return by


def check_why(why: object) -> str:
    """`why` if it can be the reason for a dial; else ValueError."""
    if not isinstance(why, str) or (why and not why.isprintable()) or len(why) > LONGEST_WHY:
        raise ValueError(f"why {why!r} is not a reason of up to {LONGEST_WHY} printable characters")
    return why


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"dial {value!r} is not a number from 0 to 1")  # noqa: TRY004
    return check_share(value)


def _time(value: object) -> datetime:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError(f"at {value!r} is not a time in UTC like 2026-01-31T12:00:00Z")
    return datetime.fromisoformat(value)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
