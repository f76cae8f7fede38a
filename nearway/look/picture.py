"""What a gateway tells at `/events`, read: a picture and what changes in it. docs/dashboard.md has what each member means.

Pure.
"""

from typing import Any

from nearway.look.reading import ReadingError, count, number, text
from nearway.look.report import Region, Report, Worker, money_from

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
    regions = tuple(_region(name, row, at) for name, row in sorted(_objects(picture["regions"]).items()))
    return Report(
        version=text(_object(picture.get("gateway")).get("version")),
        regions=regions,
        waiting=count(_object(picture.get("queue")).get("waiting")),
        left_out=tuple((name, str(reason)) for name, reason in sorted(_object(picture.get("left_out")).items())),
        is_blank=not regions and not any("heard" in one for one in _objects(picture.get("datacenters")).values()),
        money=money_from(picture.get("money")),
    )


def _region(name: str, row: dict[str, Any], at: float) -> Region:
    dial, slots, heard = _object(row.get("dial")), count(row.get("slots")), number(row.get("heard"))
    return Region(
        name=name,
        title=text(row.get("title")),
        state=text(row.get("state")) or "takes none",
        why_not=text(row.get("why")),
        slots=slots,
        limit=slots if row.get("limit") is None else count(row.get("limit")),
        in_flight=count(row.get("in_flight")),
        share=number(dial.get("share")),
        dialled_by=text(dial.get("by")),
        round_trip=number(row.get("round_trip")),
        heard=None if heard is None else max(0.0, at - heard),
        trouble=text(row.get("trouble")),
        endpoints=0,
        workers=tuple(_worker(one, told, name) for one, told in sorted(_objects(row.get("workers")).items())),
    )


def _worker(name: str, row: dict[str, Any], region: str) -> Worker:
    return Worker(
        id=name,
        region=region,
        address=text(row.get("address")),
        health=text(row.get("health")),
        slots=count(row.get("slots")),
        weight=None,
        datacenter=None,
        version=text(row.get("version")),
        is_backup=row.get("backup") is True,
        is_resumable=False,
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> dict[str, dict[str, Any]]:
    return {name: one for name, one in _object(value).items() if isinstance(one, dict)}
