"""The command lines of `nearway status`, `regions`, `workers` and `explain`.

Pure.
"""

import argparse
import ipaddress
from collections.abc import Callable, Mapping

from contract.command_line import command_line
from discovery.records import check_region
from nearway.asking.target import add_target
from nearway.options import add_json, argument

_TAKES = "0; 1 when no region takes tasks, or the gateway gives no answer; 2 for wrong use"
_FOUND = "0; 1 when there is none, or the gateway gives no answer; 2 for wrong use"
_GOES = "0; 1 when the task would be refused, or the gateway gives no answer; 2 for wrong use"


def parser(command: str) -> argparse.ArgumentParser:
    """The command line of one of them."""
    made = _MAKERS[command]()
    add_target(made)
    return made


def _status_line() -> argparse.ArgumentParser:
    made = command_line(
        "status",
        "Where a gateway's tasks go now, and why: each region's state, its use, dial, round trip, the age of what Consul said\n"
        "of it, and why it takes nothing; and how many tasks wait.",
        "nearway status",
        _TAKES,
    )
    add_json(made, "what the gateway says at /regions, as docs/regions.md tells")
    return made


def _regions_line() -> argparse.ArgumentParser:
    made = command_line("regions", "The regions that a gateway knows, one in a line.", "nearway regions --names", _FOUND)
    _add_region(made)
    made.add_argument("--names", action="store_true", help="only their names")
    add_json(made, "the list `regions` of docs/regions.md")
    return made


def _workers_line() -> argparse.ArgumentParser:
    made = command_line(
        "workers", "The workers that a gateway knows, one in a line, as they are registered.", "nearway workers --region eu-west",
        _FOUND,
    )  # fmt: skip
    _add_region(made)
    add_json(made, "the lists `workers` of docs/regions.md as one, each worker with its `region`")
    return made


def _explain_line() -> argparse.ArgumentParser:
    made = command_line(
        "explain",
        "Where the task of a client would go now, and why, region by region, nearest first. Nothing is submitted.",
        "nearway explain --ip 203.0.113.7\nnearway explain --region eu-west",
        _GOES,
    )
    made.add_argument(
        "--ip", metavar="ADDRESS", type=_ip, help="the client's IP address (default: that of this machine, as seen there)"
    )
    made.add_argument("--region", metavar="REGION", type=argument(check_region), help="as if the client preferred it")
    add_json(made, "what the gateway says at /explain")
    return made


def _watch_line() -> argparse.ArgumentParser:
    made = command_line(
        "watch",
        "The same as `nearway status`, live, until Ctrl-C; it goes on through the gateway's restarts. Where its output is no\n"
        "terminal, a line for each change instead: of a region's state, dial or workers.",
        "nearway watch\nnearway watch --json >>regions.log",
        "0 after Ctrl-C; 1 when the gateway does not let you see that; 2 for wrong use",
    )
    add_json(made, "a line for each change, with `at`, `region` (null: it is of the gateway) and `what`")
    return made


_MAKERS: Mapping[str, Callable[[], argparse.ArgumentParser]] = {
    "status": _status_line,
    "regions": _regions_line,
    "workers": _workers_line,
    "explain": _explain_line,
    "watch": _watch_line,
}


def _add_region(made: argparse.ArgumentParser) -> None:
    made.add_argument("--region", metavar="REGION", type=argument(check_region), help="only that region")


def _ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no IP address, like 203.0.113.7 or 2001:db8::7") from None
