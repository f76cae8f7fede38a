"""`nearway watch`: what a gateway sees, again and again, until it is told to end."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from contract.printable import printable
from nearway.asking.ask import ask
from nearway.asking.events import events
from nearway.asking.target import Target
from nearway.asking.trouble import AskError, NoPathError, RefusedError, meaningless
from nearway.look.changes import Change
from nearway.look.picture import merged, report_of
from nearway.look.reading import ReadingError
from nearway.look.report import Report, report_from
from nearway.look.tables import BLANK, overview
from nearway.look.watched import Silence, Watched, told
from nearway.screen import screen

EVERY = 1.0
"""Seconds between two questions."""

News = Iterator[Report | Silence]


def watch(target: Target, options: argparse.Namespace) -> int:
    """Until Ctrl-C, which is its end in order."""
    # A terminal whose cursor was hidden is to have it again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    console = screen(colours=not options.no_color)
    try:
        if console.is_terminal and not options.json:
            _show(console, target, streamed(target))
        else:
            _tell(streamed(target), _as_json if options.json else _as_line)
    except KeyboardInterrupt:
        return 0
    return 0


def streamed(target: Target, sleep: Callable[[float], None] = time.sleep) -> News:
    """What the gateway says as it changes, without end; an older gateway is asked again and again. RefusedError as `polled`."""
    was_let_in = False
    while True:
        picture: Any = None
        try:
            for _, data in events(target, "/events"):
                picture, was_let_in = merged(picture, data), True
                report = report_of(picture)
                yield Silence(BLANK) if report.is_blank else report
        except AskError as error:
            if isinstance(error, NoPathError):
                yield from polled(target, sleep)
            if isinstance(error, RefusedError) and not was_let_in:
                raise
            yield Silence(str(error))
        except ReadingError:
            yield Silence(meaningless(target.url))
        sleep(EVERY)


def polled(target: Target, sleep: Callable[[float], None] = time.sleep) -> News:
    """What the gateway says at `/regions`, once a second, without end. RefusedError when it never lets us see that."""
    was_let_in = False
    while True:
        try:
            report = report_from(ask(target, "/regions"))
            was_let_in = True
            yield Silence(BLANK) if report.is_blank else report
        except AskError as error:
            if isinstance(error, RefusedError) and not was_let_in:
                raise
            yield Silence(str(error))
        except ReadingError:
            yield Silence(meaningless(target.url))
        sleep(EVERY)


def _show(console: Console, target: Target, news: News) -> None:
    watched = Watched()
    with Live(console=console, auto_refresh=False) as live:
        for one in news:
            watched = watched.heard(one, time.monotonic())
            live.update(_picture(target, watched), refresh=True)


def _picture(target: Target, watched: Watched) -> Group:
    parts: list[Text] = []
    if watched.silence is not None:
        seconds = time.monotonic() - watched.since
        parts.append(Text(f"{printable(watched.silence)} (for {seconds:.0f} s; what was known before:)", style="red"))
    if watched.report is None:
        return Group(*parts)
    return Group(*parts, *overview(target.url, watched.report))


def _tell(news: News, form: Callable[[Change, str], str]) -> None:
    watched = Watched()
    for one in news:
        before, watched = watched, watched.heard(one, time.monotonic())
        for change in told(before, watched):
            print(form(change, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")), flush=True)


def _as_line(change: Change, at: str) -> str:
    return printable(f"{at} {change}")


def _as_json(change: Change, at: str) -> str:
    return json.dumps({"at": at, "region": change.region, "what": change.what})
