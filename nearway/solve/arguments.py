"""The command line of `nearway solve`.

Pure.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from contract.command_line import command_line
from contract.deadline import LONGEST_TASK
from discovery.records import check_region
from nearway.asking.target import add_target
from nearway.options import argument
from nearway.solve.reading import FORMATS, SUFFIXES

_ABOUT = """\
Solve tasks: one from the arguments, or many from a file or standard input, JSON lines or CSV with a header.

Of many each result says what came of its task, whether it is paid for, and whether it may be tried again. What was sent is
kept in a journal: run the same command again after Ctrl-C or a crash, and it goes on where it was; within 24 hours nothing is
paid for twice. A task that was sent longer ago and whose end nobody heard is told as unknown."""
_EXAMPLE = """\
nearway solve method=turnstile sitekey=0x4AAAAAAADnPIDROrmt1Wwj pageurl=https://example.com/
nearway solve method=base64 body=@image.png
nearway solve --file tasks.csv --output solved.csv --price 2.99
nearway solve - --json"""
_STATUSES = "0 when all are solved; 1 when some are not; 2 for wrong use, nothing was sent then; 130 after Ctrl-C"

STREAM = "-"


class UseError(ValueError):
    """The arguments don't go together; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Where many tasks come from (None: standard input) and go to (None: standard output), each with its format; and their
    journal, None where none is kept."""

    source: Path | None
    source_form: str
    output: Path | None
    output_form: str
    journal: Path | None


def parser(command: str = "solve") -> argparse.ArgumentParser:
    """The command line."""
    made = command_line(command, _ABOUT, _EXAMPLE, _STATUSES)
    made.add_argument(
        "task", nargs="*", metavar="NAME=VALUE", help="a member of the one task; NAME=@FILE: a file, as base64; -: standard input"
    )
    many = made.add_argument_group("many tasks")
    many.add_argument("--file", metavar="FILE", type=Path, help="the tasks, one in a line")
    many.add_argument("--format", choices=FORMATS, help="of the tasks (default: by the file's suffix; jsonl from standard input)")
    many.add_argument("--id", metavar="NAME", default="id", help="the member that is a task's name, and not sent (default: id)")
    many.add_argument("--output", metavar="FILE", type=Path, help="the results, .jsonl or .csv (default: standard output)")
    many.add_argument(
        "--journal",
        metavar="FILE",
        type=Path,
        help="what was sent, for the next run (default: the output, else FILE, with .journal)",
    )
    many.add_argument(
        "--skip-unreadable", action="store_true", help="send the others where lines are no tasks (default: nothing is sent)"
    )
    many.add_argument("--again", action="store_true", help="send again what was sent over 24 hours ago: it may be paid for twice")
    many.add_argument(
        "--same-ledger", action="store_true", help="go on at another address: that gateway shares the ledger of the one before"
    )
    many.add_argument("--price", metavar="MONEY", type=_above_zero, help="of a thousand tasks, to tell what they cost")
    many.add_argument("--concurrency", metavar="N", type=_count, default=50, help="tasks at once (default: 50)")
    made.add_argument("--region", metavar="REGION", type=argument(check_region), help="the region that is preferred")
    made.add_argument(
        "--deadline", metavar="SECONDS", type=_deadline, default=LONGEST_TASK, help=f"for each task (default: {LONGEST_TASK:g})"
    )
    made.add_argument("--idempotency-key", metavar="KEY", help="of the one task: one that was sent under it gives its answer")
    made.add_argument("--json", action="store_true", help="as JSON: an object for each result, in a line")
    add_target(made)
    return made


def paths(options: argparse.Namespace) -> Paths | None:
    """Of many tasks; None for the one in the arguments. UseError when they can't be told."""
    is_stream = options.task == [STREAM]
    if (options.file is not None) + bool(options.task) != 1:
        raise UseError("name the task, or a --file of tasks, or - for standard input; see nearway solve --help")
    if options.idempotency_key is not None and (options.file is not None or is_stream):
        raise UseError("--idempotency-key is for one task; of many each has a key in the journal")
    if options.file is None and not is_stream:
        _only_one(options)
        return None
    form = options.format or ("jsonl" if options.file is None else _form(options.file, "--format says its format"))
    output = "jsonl" if options.json else form if options.output is None else _form(options.output, "--json makes it JSON lines")
    return Paths(options.file, form, options.output, output, options.journal or _beside(options.output or options.file))


def _only_one(options: argparse.Namespace) -> None:
    for name in ("output", "journal", "format", "price"):
        if getattr(options, name) is not None:
            raise UseError(f"--{name} is for many tasks, from a --file or -")


def _form(path: Path, otherwise: str) -> str:
    if path.suffix not in SUFFIXES:
        raise UseError(f"{path} ends with none of {', '.join(SUFFIXES)}: {otherwise}")
    return SUFFIXES[path.suffix]


def _beside(path: Path | None) -> Path | None:
    return None if path is None else path.with_name(f"{path.name}.journal")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 10000")
    return int(text)


def _above_zero(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return number


def _deadline(text: str) -> float:
    if (seconds := _above_zero(text)) > LONGEST_TASK:
        raise argparse.ArgumentTypeError(f"a task takes {LONGEST_TASK:g} seconds at most")
    return seconds
