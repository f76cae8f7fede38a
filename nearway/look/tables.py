"""A gateway's report as tables for a terminal.

Pure. Every text that is not ours goes through `printable`, and none is read as rich's markup.
"""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from contract.printable import printable
from nearway.look.report import Region, Report, Worker

COLOURS = {
    "well": "green",
    "full": "yellow",
    "drained": "cyan",
    "unhealthy": "red",
    "takes none": "red",
    "passing": "green",
    "warning": "yellow",
    "critical": "red",
}
"""Of states of regions, and of workers' health."""

BLANK = "the gateway has heard nothing of Consul yet: look at its log, and at its CONSUL_HTTP_ADDR"

BAR = 10
"""Characters."""

ALIVE = ("passing", "warning")


def summary(url: str, report: Report) -> Text:
    """All of it in a line."""
    taking = sum(region.takes_tasks for region in report.regions)
    version = f" ({printable(report.version)})" if report.version else ""
    waiting = "" if report.waiting is None else f", {report.waiting} wait for a slot"
    head = f"gateway {url}{version}: {taking} of {len(report.regions)} regions take tasks"
    return Text(f"{head}; {report.in_flight} tasks in flight{waiting}", style="" if taking else "red")


def overview(url: str, report: Report) -> list[RenderableType]:
    """All of `nearway status`."""
    return [summary(url, report), *money(report), "", status_table(report), *tenants(report), *left_out(report)]


def money(report: Report) -> list[Text]:
    """What was spent, in a line; none where that is not told."""
    spent = report.money
    if spent is None:
        return []
    counts = f"{spent.submitted} submitted, {spent.solved} solved, {spent.failed} failed, {spent.unknown} unknown"
    trouble = f" (the ledger can't be read: {printable(spent.trouble)})" if spent.trouble else ""
    when = "today" if spent.is_of_today else "since the gateway's start"
    return [Text(f"money {when}: {counts}{trouble}", style="yellow" if spent.trouble or spent.unknown else "")]


def status_table(report: Report) -> Table:
    """A line for each region: what it does, and why it takes nothing."""
    table = _table("region", "state", "use", "in flight", "dial", "round trip", "heard", "workers", "why not")
    for one in report.regions:
        table.add_row(
            Text(printable(one.name)), _coloured(one.state), _bar(one), Text(_in_flight(one)), Text(_share(one)),
            Text(_with_unit(one.round_trip, "ms")), _heard(one), Text(_alive(one)), Text(_why_not(one)),
        )  # fmt: skip
    return table


def tenants(report: Report) -> list[RenderableType]:
    """A line for each tenant, with its limits; nothing where none is configured."""
    if not report.tenants:
        return []
    table = _table("tenant", "in flight", "waiting", "submitted today")
    for one in report.tenants:
        pairs = (one.in_flight, one.slots), (one.waiting, one.queue), (one.submitted, one.daily)
        table.add_row(Text(printable(one.name)), *(Text(_of(used, most)) for used, most in pairs))
    return ["", table]


def _of(used: int | None, most: int | None) -> str:
    told = "-" if used is None else str(used)
    return told if most is None else f"{told} of {most}"


def regions_table(regions: Sequence[Region]) -> Table:
    """A line for each region: all that is known of it as a whole."""
    table = _table(
        "region", "title", "state", "slots", "limit", "in flight", "dial", "set by", "round trip", "heard", "endpoints", "workers"
    )
    for one in regions:
        counts = (one.slots, one.limit, one.in_flight)
        table.add_row(
            Text(printable(one.name)), _text(one.title), _coloured(one.state), *map(_text, counts), Text(_share(one)),
            _text(one.dialled_by), Text(_with_unit(one.round_trip, "ms")), _heard(one), _text(one.endpoints), Text(_alive(one)),
        )  # fmt: skip
    return table


def workers_table(workers: Sequence[Worker]) -> Table:
    """A line for each worker."""
    table = _table("worker", "region", "address", "health", "slots", "weight", "datacenter", "version", "kind")
    for one in workers:
        kind = "resumable" if one.is_resumable else "basic"
        table.add_row(
            Text(printable(one.id)), Text(printable(one.region)), _text(one.address), _coloured(one.health or "-"),
            _text(one.slots), _text(one.weight), _text(one.datacenter), _text(one.version),
            Text(f"{kind}, backup" if one.is_backup else kind),
        )  # fmt: skip
    return table


def left_out(report: Report) -> list[Text]:
    """A line for each registration or dial that is not as it must be; or for all that is not there yet."""
    if report.is_blank:
        return [Text(BLANK, style="yellow")]
    return [Text(f"left out: {printable(name)}: {printable(reason)}", style="yellow") for name, reason in report.left_out]


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for number, name in enumerate(columns):
        table.add_column(name, no_wrap=number == 0, overflow="fold")
    return table


def _text(value: object) -> Text:
    return Text("-" if value is None or value == "" else printable(value))


def _coloured(word: str) -> Text:
    return Text(printable(word), style=COLOURS.get(word, ""))


def _bar(region: Region) -> Text:
    """How much of what it may take it has; full only when nothing is left."""
    if not region.limit or region.in_flight is None:
        return Text("·" * BAR, style="dim")
    part = -(-region.in_flight * BAR // region.limit)
    filled = min(part, BAR if region.in_flight >= region.limit else BAR - 1)
    return Text("█" * filled, style=COLOURS.get(region.state, "")) + Text("·" * (BAR - filled), style="dim")


def _in_flight(region: Region) -> str:
    shown = ["?" if one is None else str(one) for one in (region.in_flight, region.limit, region.slots)]
    return f"{shown[0]} of {shown[1]}" + ("" if region.limit == region.slots else f" ({shown[2]} slots)")


def _share(region: Region) -> str:
    return "1" if region.share is None else f"{region.share:g}"


def _with_unit(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.1f} {unit}"


def _heard(region: Region) -> Text:
    doubtful = region.trouble is not None or region.heard is None
    return Text("never" if region.heard is None else f"{region.heard:.1f} s", style="yellow" if doubtful else "")


def _alive(region: Region) -> str:
    return f"{sum(worker.health in ALIVE for worker in region.workers)} of {len(region.workers)}"


def _why_not(region: Region) -> str:
    trouble = f"Consul: {region.trouble}" if region.trouble else None
    return printable("; ".join(one for one in (region.why_not, trouble) if one))
