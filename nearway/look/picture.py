"""What a gateway tells at `/events`, read: a picture and what changes in it. docs/dashboard.md has what each member means.

Pure.
"""

from typing import Any

from nearway.look.reading import ReadingError, count, number, object_in, objects_in, text
from nearway.look.report import Region, Report, money_from, region_from, worker_from

Picture = dict[str, Any]


def merged(target: Any, patch: Any) -> Any:
    """`target` with a JSON merge patch (RFC 7396 §2) applied."""
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = merged(made.get(name), value)
    return made


def report_of(picture: Any) -> Report:
    """The report in a picture. ReadingError when it is none."""
    if not isinstance(picture, dict) or not isinstance(picture.get("regions"), dict):
        raise ReadingError("it has no object 'regions'")
    at = number(picture.get("at")) or 0.0
    regions = tuple(_region(name, row, at) for name, row in sorted(objects_in(picture["regions"]).items()))
    return Report(
        version=text(object_in(picture.get("gateway")).get("version")),
        regions=regions,
        waiting=count(object_in(picture.get("queue")).get("waiting")),
        left_out=tuple((name, str(reason)) for name, reason in sorted(object_in(picture.get("left_out")).items())),
        is_blank=not regions and not any("heard" in one for one in objects_in(picture.get("datacenters")).values()),
        money=money_from(picture.get("money")),
    )


def _region(name: str, row: dict[str, Any], at: float) -> Region:
    heard = number(row.get("heard"))
    return region_from(
        name,
        row,
        why_not=text(row.get("why")),
        round_trip=number(row.get("round_trip")),
        heard=None if heard is None else max(0.0, at - heard),
        endpoints=0,
        workers=tuple(worker_from(one, told, name) for one, told in sorted(objects_in(row.get("workers")).items())),
    )
