"""`nearway register --url URL --slots N --region REGION [-- COMMAND ...]`."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence

from contract.command_line import command_line
from discovery.access import Access, access_from, is_here
from discovery.consul import ConsulError
from discovery.records import MOST_SLOTS, MOST_WEIGHT, check_region, check_url
from nearway.options import argument
from nearway.register.plan import Plan, parse_interval, parse_path
from nearway.register.running import Running, StartError

FAILED = 1
WRONG_USE = 2

_ABOUT = """\
Put an HTTP program, in any language, into a region as a worker of it: it is registered in Consul, its health is looked at
and reported, and on SIGTERM or Ctrl-C it is deregistered. The program itself needs no word of Consul.

With a command after --, that is run, registered once its health answers, and deregistered before it is told to end, or as
soon as it has died. Its output is this program's; SIGHUP, SIGUSR1 and SIGUSR2 are passed on to it; said twice, SIGTERM or
Ctrl-C no longer waits for its tasks, where the program takes a second one so.

What the health check answers: 2xx is well; 503 with {"status": "overloaded"}, or 429, is well and full, and it stays in
the region; all else, and no answer within 2 s three times in a row, is dead."""
_EXAMPLES = """\
nearway register --url http://10.0.0.7:3000 --slots 20 --region us-east
nearway register --url http://10.0.0.7:3000 --slots 20 --region us-east -- node server.js"""
_STATUSES = (
    "0 when it was told to leave; with a command, that command's, 126 or 127 when it can't be run; 1 when nobody answers, "
    "2 for wrong use"
)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = command_line("register", _ABOUT, _EXAMPLES, _STATUSES)
    made.add_argument(
        "--url", metavar="URL", required=True, type=argument(check_url), help="where the region's nginx reaches the program"
    )
    made.add_argument(
        "--slots", metavar="N", required=True, type=argument(_whole(MOST_SLOTS)), help="how many tasks it takes at once"
    )
    made.add_argument("--region", metavar="REGION", required=True, type=argument(check_region), help="the region's name")
    made.add_argument(
        "--weight", metavar="N", default=1, type=argument(_whole(MOST_WEIGHT)), help="its share (default %(default)s)"
    )
    made.add_argument("--backup", action="store_true", help="it takes tasks only while no other worker does")
    made.add_argument(
        "--resumable",
        action="store_true",
        help="any resumable worker of the region continues what it accepted; check-worker --level resumable says whether it may",
    )
    made.add_argument(
        "--health", metavar="PATH", default="/health", type=argument(parse_path), help="its health check (default %(default)s)"
    )
    made.add_argument(
        "--interval", metavar="T", default=1.0, type=argument(parse_interval), help="between two looks at it (default 1s)"
    )
    made.add_argument(
        "--start", metavar="S", default=60.0, type=argument(_seconds), help="seconds until the command is up (default 60)"
    )
    made.add_argument(
        "--drain", metavar="S", default=310.0, type=argument(_seconds), help="seconds its tasks may take at the end (default 310)"
    )
    made.add_argument("command", metavar="COMMAND", nargs="*", help="what is run, after --")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Register, until the end; the exit status."""
    options = vars(parser().parse_args(arguments))
    logging.basicConfig(level=logging.INFO, format="nearway register: %(message)s", stream=sys.stderr)
    try:
        access = access_from(os.environ)
        return asyncio.run(_run(Plan(**{**options, "command": tuple(options["command"])}), access))
    except ValueError as error:
        return _fail(str(error), WRONG_USE)
    except StartError as error:
        return _fail(str(error), error.status)
    except ConsulError as error:
        return _fail(f"not registered: {error}; CONSUL_HTTP_ADDR says where Consul is", FAILED)


async def _run(plan: Plan, access: Access) -> int:
    try:
        running = Running(plan, access)
    except OSError as error:
        raise StartError(f"the host of {plan.url} has no address: {error.strerror or error}") from None
    if is_here(plan.url) and not is_here(access.addresses[0]):
        logging.getLogger(__name__).warning("%s is this machine only, and Consul is on another: who else reaches it?", plan.url)
    return await running.run()


def _whole(most: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or len(text) > 9 or not 1 <= int(text) <= most:
            raise ValueError(f"{text!r} is not a whole number from 1 to {most}")
        return int(text)

    return whole


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise ValueError(f"{text!r} is not a number of seconds above 0, up to 3600")
    return seconds


def _fail(why: str, status: int) -> int:
    print(f"nearway register: {why}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
