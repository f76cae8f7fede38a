"""`nearway check-worker URL`: run the worker contract against a worker."""

import argparse
import asyncio
import ipaddress
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from contract.command_line import command_line
from contract.token import parse_tokens
from discovery.records import check_url
from nearway.check_worker.ask import DEFAULT_TASK, Ask, Task
from nearway.check_worker.asking import Plan, examine
from nearway.check_worker.report import as_json, as_text
from nearway.check_worker.rules import judged, meets, reached
from nearway.check_worker.verdict import Level
from nearway.options import argument

BROKEN = 1
WRONG_USE = 2
INTERRUPTED = 130

_ABOUT = """\
Run the worker contract against a worker, in any language, and print a line per rule: ok, no (not supported, which is
allowed), BAD (the contract is broken), skip (could not be checked).

IT SPENDS MONEY where the worker's account is real: one task on a worker that knows no Prefer, two on a resumable one, and
with --fill one per slot besides the first, and one more if a full worker fails to refuse it. The last line says how many
were submitted. So a worker that is not on this machine is checked only with --yes-it-may-cost; one on 127.0.0.1, ::1 or
localhost is taken for one under test, and needs no such word."""

_EXAMPLE = "nearway check-worker http://127.0.0.1:9101 --level resumable --other http://127.0.0.1:9102"
_STATUSES = "0 when the level is reached, 1 when not, 2 for wrong use or when nobody is there"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = command_line("check-worker", _ABOUT, _EXAMPLE, _STATUSES)
    made.add_argument("url", metavar="URL", type=argument(check_url), help="the worker, like http://127.0.0.1:8080")
    made.add_argument(
        "--level", choices=[str(level) for level in Level], default="basic", help="what it claims (default %(default)s)"
    )
    made.add_argument("--task", metavar="JSON", type=_task, default=DEFAULT_TASK, help="the task (default: a public demo page)")
    made.add_argument(
        "--other", metavar="URL", type=argument(check_url), help="a second worker, which must answer for the first one's task"
    )
    made.add_argument(
        "--fill", metavar="N", type=_count, default=0, help="take every slot, if at most N, to see a full worker refuse"
    )
    made.add_argument(
        "--timeout", metavar="S", type=_seconds, default=310.0, help="seconds a task may take (default %(default)g)"
    )
    made.add_argument(
        "--token-file", metavar="FILE", type=_token, help="the file of the token that the worker asks for (its WORKER_TOKEN_FILE)"
    )
    made.add_argument("--json", action="store_true", help="the report as a JSON list")
    made.add_argument("--yes-it-may-cost", action="store_true", help="check a worker that is not on this machine")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, and print; the exit status."""
    options = parser().parse_args(arguments)
    if not options.yes_it_may_cost and not is_loopback(options.url):
        return _fail(f"{options.url} is not on this machine, and tasks cost where its account is real: add --yes-it-may-cost")
    try:
        plan = Plan(options.url, options.task, options.timeout, options.other, options.fill, options.token_file)
        seen = asyncio.run(examine(plan))
    except KeyboardInterrupt:
        return _fail("interrupted; tasks under way may have been submitted", INTERRUPTED)
    if seen.nobody:
        ask, lost = seen.nobody
        url = options.other if ask is Ask.HEALTH_OTHER else options.url
        return _fail(f"nobody answers at {url} ({lost.detail}): start the worker, or look at host and port")
    lines = judged(seen)
    got = reached(lines)
    print((as_json if options.json else as_text)(lines, got, seen.spent))
    return 0 if meets(got, Level(options.level)) else BROKEN


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine by its very name or address."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _task(text: str) -> Task:
    try:
        task = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
    if not isinstance(task, dict):
        raise argparse.ArgumentTypeError('not a JSON object, like {"method": "turnstile", "sitekey": "…", "pageurl": "…"}')
    return task


def _token(path: str) -> str:
    try:
        return parse_tokens(Path(path).read_text(encoding="ascii")).shown
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path} can't be read: {error.strerror}") from None
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{path} holds no token: {error}") from None


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", text) or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError("not a number of tasks, 1 to 100000")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("not a number of seconds above 0, up to 3600")
    return seconds


def _fail(why: str, status: int = WRONG_USE) -> int:
    print(f"nearway check-worker: {why}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
