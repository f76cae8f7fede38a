"""`nearway status`, `regions`, `workers` and `explain`."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from contract.printable import printable
from discovery.records import REGION_NAME
from nearway.asking.ask import ask
from nearway.asking.target import Target, TargetError, target_from
from nearway.asking.trouble import AskError, meaningless
from nearway.look.arguments import parser
from nearway.look.explained import explained_from, sentences
from nearway.look.reading import ReadingError, objects, rows_of
from nearway.look.report import Report, report_from
from nearway.look.tables import overview, regions_table, workers_table
from nearway.screen import screen, show

__all__ = ["main", "parser"]

NO = 1
WRONG_USE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, and show; the exit status. The first argument is the command's name."""
    command, *rest = sys.argv[1:] if arguments is None else arguments
    options = parser(command).parse_args(rest)
    try:
        target = target_from(options, os.environ)
    except TargetError as error:
        return _fail(command, str(error), WRONG_USE)
    try:
        return _COMMANDS[command](target, options)
    except ReadingError:
        return _fail(command, meaningless(target.url), NO)
    except AskError as error:
        return _fail(command, str(error), NO)


def _status(target: Target, options: argparse.Namespace) -> int:
    body, report = _report(target)
    if options.json:
        print(json.dumps(body))
    else:
        show(screen(colours=not options.no_color), overview(target.url, report))
    return 0 if any(region.takes_tasks for region in report.regions) else NO


def _regions(target: Target, options: argparse.Namespace) -> int:
    body, report = _report(target)
    regions = [region for region in report.regions if options.region in (None, region.name)]
    if options.json:
        print(json.dumps([row for row in rows_of(body, "regions") if options.region in (None, row.get("name"))]))
    elif options.names:
        # They end up in command lines: what can't be a region's name is none.
        print(*(region.name for region in regions if REGION_NAME.fullmatch(region.name)), sep="\n", end="\n" if regions else "")
    elif regions:
        show(screen(colours=not options.no_color), [regions_table(regions)])
    return 0 if regions else _fail("regions", _none(report, options.region), NO)


def _workers(target: Target, options: argparse.Namespace) -> int:
    body, report = _report(target)
    workers = [worker for worker in report.workers if options.region in (None, worker.region)]
    if options.json:
        rows = [{"region": row.get("name"), **one} for row in rows_of(body, "regions") for one in objects(row.get("workers"))]
        print(json.dumps([row for row in rows if options.region in (None, row["region"])]))
    elif workers:
        show(screen(colours=not options.no_color), [workers_table(workers)])
    if workers:
        return 0
    is_known = options.region is None or any(region.name == options.region for region in report.regions)
    return _fail("workers", "no worker is registered there" if is_known else _none(report, options.region), NO)


def _explain(target: Target, options: argparse.Namespace) -> int:
    asked = {"ip": options.ip, "region": options.region}
    body = ask(target, "/explain?" + urlencode({name: value for name, value in asked.items() if value is not None}))
    told = explained_from(body)
    if options.json:
        print(json.dumps(body))
    else:
        print("\n".join(printable(line) for line in sentences(told)))
    return NO if told.is_refused else 0


def _watch(target: Target, options: argparse.Namespace) -> int:
    from nearway.look.watch import watch  # the others do without what is live

    return watch(target, options)


def _report(target: Target) -> tuple[Any, Report]:
    body = ask(target, "/regions")
    return body, report_from(body)


def _none(report: Report, region: str | None) -> str:
    there_are = ", ".join(printable(one.name) for one in report.regions) or "none"
    return f"the gateway knows no region{'' if region is None else f' {region!r}'}. There are: {there_are}"


_COMMANDS: Mapping[str, Callable[[Target, argparse.Namespace], int]] = {
    "status": _status,
    "regions": _regions,
    "workers": _workers,
    "explain": _explain,
    "watch": _watch,
}


def _fail(command: str, why: str, status: int) -> int:
    print(f"nearway {command}: {why}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
