"""`nearway solve`: tasks from arguments, a file or a pipe."""

import argparse
import asyncio
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from io import FileIO
from pathlib import Path

from contract.printable import printable
from nearway.asking.target import Target, TargetError, target_from
from nearway.client.asynchronous import AsyncClient
from nearway.client.errors import NearwayError
from nearway.client.solution import Solution
from nearway.client.ticket import Ticket
from nearway.solve.arguments import Paths, UseError, parser, paths
from nearway.solve.bar import Bar
from nearway.solve.item import Item, Unreadable
from nearway.solve.journal import Journal, JournalError
from nearway.solve.kept import Kept, keep
from nearway.solve.output import Output, OutputError, check_output
from nearway.solve.reading import HeaderError, items, lines
from nearway.solve.row import row_of
from nearway.solve.running import Run
from nearway.solve.survey import survey
from nearway.solve.tally import Tally
from nearway.solve.words import task_from

__all__ = ["main", "parser"]

NO = 1
WRONG_USE = 2
INTERRUPTED = 130

MOST_TOLD = 20
"""Lines that are no tasks, of all there are."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Solve; the exit status. The first argument is the command's name."""
    _, *rest = sys.argv[1:] if arguments is None else arguments
    options = parser().parse_args(rest)
    try:
        target, where = target_from(options, os.environ), paths(options)
        return _one(target, options) if where is None else _many(target, options, where)
    except BrokenPipeError:
        raise
    except (TargetError, UseError, HeaderError, JournalError, OutputError) as error:
        return _say(str(error), WRONG_USE)
    except OSError as error:
        return _say(f"{error.filename or 'a file'}: {error.strerror}", WRONG_USE)


def _one(target: Target, options: argparse.Namespace) -> int:
    try:
        task = task_from(options.task, lambda path: Path(path).read_bytes())
    except ValueError as error:
        return _say(str(error), WRONG_USE)
    ticket = Ticket(task, options.idempotency_key or str(uuid.uuid4()))
    try:
        end = asyncio.run(_end(target, options, ticket))
    except KeyboardInterrupt:
        how = f"within 24 hours the same command with --idempotency-key {ticket.idempotency_key} gets its answer"
        return _say(f"interrupted: the task may be under way, and is not lost: {how}", INTERRUPTED)
    if options.json:
        row = {name: value for name, value in row_of(Item(1, task), end).items() if name not in ("line", "id")}
        print(json.dumps({**row, "idempotency_key": ticket.idempotency_key}))
    elif isinstance(end, Solution):
        print(printable(end.text) if sys.stdout.isatty() else end.text)
    return 0 if isinstance(end, Solution) else _say(_with_key(end, ticket), NO)


def _with_key(error: NearwayError, ticket: Ticket) -> str:
    again = f"; try again with --idempotency-key {ticket.idempotency_key}" if error.may_retry else ""
    return printable(f"{error}{again}")


async def _end(target: Target, options: argparse.Namespace, ticket: Ticket) -> Solution | NearwayError:
    async with _client(target, options) as client:
        try:
            return await client.result(ticket)
        except NearwayError as error:
            return error


def _client(target: Target, options: argparse.Namespace) -> AsyncClient:
    return AsyncClient(target.url, key=target.key, region=options.region, deadline=options.deadline, tls=target.tls)


def _many(target: Target, options: argparse.Namespace, where: Paths) -> int:
    with ExitStack() as stack:
        name, tally, source = uuid.uuid4().hex, Tally(options.price), _source(where.source)
        stack.callback(source.close)
        kept = None if where.journal is None else _kept(where.journal, name, target, options)
        if kept is not None:
            stack.callback(kept.close)
        journal = None if kept is None else kept.journal
        if (fault := _looked_through(where, options, journal, tally)) is not None:
            return fault
        output = _output(where, kept)
        stack.callback(output.close)
        found = items(lines(source.read), where.source_form, options.id)
        return _run(target, options, kept, output, tally, name, found, where)


def _kept(path: Path, name: str, target: Target, options: argparse.Namespace) -> Kept:
    try:
        made = keep(path, name)
    except JournalError as error:
        raise JournalError(f"{path}: {error}") from None
    before = made.journal.gateway
    if made.journal.sent and before not in (None, target.url) and not options.same_ledger:
        made.close()
        raise JournalError(
            f"{path}: its tasks were sent to {before}: go on there, or say --same-ledger if {target.url} has the same ledger; "
            "another would pay for them again"
        )
    made.sends_to(target.url)
    return made


def _looked_through(where: Paths, options: argparse.Namespace, journal: Journal | None, tally: Tally) -> int | None:
    """The exit status when nothing of a file is to be sent, else None. What comes by a pipe can't be looked through."""
    if where.output is not None:
        check_output(where.output, set() if journal is None else journal.outputs)
    if where.source is None or not where.source.is_file():
        return None
    with _source(where.source) as source:
        try:
            found = survey(items(lines(source.read), where.source_form, options.id), journal)
        except JournalError as error:
            raise JournalError(f"{where.journal}: {error}; give it the input it was begun with, or begin another") from None
    tally.progress.total = found.total
    if not found.unreadable or options.skip_unreadable:
        return None
    for one in found.unreadable[:MOST_TOLD]:
        _say(f"{where.source}, line {one.line}: {printable(one.why)}", WRONG_USE)
    count = len(found.unreadable)
    return _say(f"{count} of its lines are no tasks; nothing was sent. --skip-unreadable sends the others", WRONG_USE)


def _source(path: Path | None) -> FileIO:
    """Without a buffer: a thread that blocks in one would hold up the end of the program."""
    return open(0 if path is None else path, "rb", buffering=0, closefd=path is not None)


def _output(where: Paths, kept: Kept | None) -> Output:
    if where.output is None:
        return Output(sys.stdout, where.output_form)
    if kept is not None:
        kept.wrote(where.output)
    return Output(where.output.open("w", encoding="utf-8", newline=""), where.output_form)


def _run(
    target: Target,
    options: argparse.Namespace,
    kept: Kept | None,
    output: Output,
    tally: Tally,
    name: str,
    found: Iterator[Item | Unreadable],
    where: Paths,
) -> int:
    async def solve(bar: Bar) -> Run:
        async with _client(target, options) as client:
            run = Run(
                client, kept, output, bar, tally, name=name, again=options.again, now=time.time, clock=time.monotonic
            )  # fmt: skip
            await run.all(found, options.concurrency)
            return run

    try:
        with Bar(tally, time.monotonic) as bar:
            run = asyncio.run(solve(bar))
    except KeyboardInterrupt:
        return _say(f"interrupted: {_under_way(tally)}; {_how_on(where)}", INTERRUPTED)
    except BrokenPipeError:
        raise
    except (JournalError, HeaderError) as error:
        return _say(f"{error}: nothing more is sent; {_under_way(tally)}", NO if tally.progress.started else WRONG_USE)
    except OSError as error:
        return _say(f"can't go on: {error.strerror}; {_under_way(tally)}; {_how_on(where)}", NO)
    if run.stopped:
        return _say(f"stopped, nothing more is sent: {printable(run.stopped)}. When that is mended: {_how_on(where)}", NO)
    return NO if tally.failed or run.skipped else 0


def _under_way(tally: Tally) -> str:
    count = tally.progress.started - tally.progress.done
    are = "1 task is" if count == 1 else f"{count} tasks are"
    return f"{are} under way and not lost, the gateway carries on with what it has" if count else "no task was under way"


def _how_on(where: Paths) -> str:
    if where.journal is None:
        return "no journal was kept (--journal FILE keeps one), so those that are sent again are paid for again"
    return f"the same command goes on from {where.journal}, and within 24 hours pays for nothing twice"


def _say(why: str, status: int) -> int:
    print(f"nearway solve: {why}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(["solve", *sys.argv[1:]]))
