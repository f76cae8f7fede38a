"""`nearway tasks` and `nearway spend`: what stands in a ledger. It is found where a gateway with the same settings has it."""

import argparse
import os
import re
import sys
import time
from collections.abc import Sequence

from contract.command_line import command_line
from contract.settings import SettingsError
from contract.submitted import Submitted
from gateway.ledger.address import Address
from gateway.ledger.questions import DAY, GROUPS, Which, spend, task, tasks
from gateway.ledger.reading import read
from gateway.ledger.record import State
from gateway.ledger.trouble import TROUBLE, words
from gateway.ledger.words import spend_json, spend_table, story, tasks_json, tasks_table
from gateway.settings import GatewaySettings

NOTHING = 1
WRONG_USE = 2

_UNITS = {"m": 60.0, "h": 3600.0, "d": float(DAY)}

_ABOUT = {
    "tasks": "The newest tasks in the ledger, or one of them in words.",
    "spend": "What was spent: tasks that came; submitted, which are paid for, of these solved and failed; and unknown, which may "
    "be paid for besides. Days are those of UTC.",
}
_EXAMPLES = {
    "tasks": "nearway tasks --money unknown --since 12h\nnearway tasks 0c7f4cbe",
    "spend": "nearway spend --by tenant,day --since 7d",
}


def parser(command: str) -> argparse.ArgumentParser:
    """The command line of one of the two."""
    made = command_line(
        command,
        f"{_ABOUT[command]}\n\nLEDGER_URL and STATE_DIRECTORY say where the ledger is, as for the gateway that writes it.",
        _EXAMPLES[command],
        "0; 1 when there is no such task or the ledger can't be read; 2 for wrong use",
    )
    if command == "tasks":
        made.add_argument("task", metavar="TASK", nargs="?", help="a task's id or the beginning of it: its life in words")
        made.add_argument("--state", choices=[*State], type=State, help="only those in that state")
        made.add_argument("--money", choices=[*Submitted], type=Submitted, help="only those paid for, or not, or perhaps")
        made.add_argument("--most", metavar="N", type=_count, default=50, help="how many (default %(default)s)")
    else:
        made.add_argument("--by", metavar="WHAT", type=_groups, default=GROUPS, help="of tenant,region,day (default all three)")
    made.add_argument("--tenant", metavar="NAME", help="only that tenant's")
    made.add_argument("--region", metavar="REGION", help="only those a region had last")
    made.add_argument("--since", metavar="AGE", type=_age, help="only those that came so long ago at most: 30m, 12h, 7d")
    made.add_argument("--json", action="store_true", help="as JSON")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer; the exit status. The first argument is the command's name."""
    command, *rest = sys.argv[1:] if arguments is None else arguments
    options = parser(command).parse_args(rest)
    try:
        address = _address()
    except SettingsError as error:
        return _fail(command, str(error), WRONG_USE)
    try:
        return _spend(address, options) if command == "spend" else _tasks(address, options)
    except TROUBLE as error:
        return _fail(command, f"the ledger in {address} can't be read: {words(error)}", NOTHING)


def _spend(address: Address, options: argparse.Namespace) -> int:
    which = Which(_since(options), options.tenant, options.region)
    rows = read(address, lambda dialect: spend(which, options.by, dialect))
    print((spend_json if options.json else spend_table)(rows, options.by))
    return 0


def _tasks(address: Address, options: argparse.Namespace) -> int:
    if options.task is not None:
        return _task(address, options)
    which = Which(_since(options), options.tenant, options.region, options.state, options.money)
    rows = read(address, lambda _: tasks(which, options.most))
    print(tasks_json(rows) if options.json else tasks_table(rows, time.time()))
    return 0


def _task(address: Address, options: argparse.Namespace) -> int:
    rows = read(address, lambda _: task(options.task))
    if len(rows) != 1:
        return _fail("tasks", f"{'several tasks begin' if rows else 'there is no task that begins'} with {options.task}", NOTHING)
    print(tasks_json(rows) if options.json else story(rows[0], time.time()))
    return 0


def _address() -> Address:
    given = {name: os.environ.get(name, "") for name in ("LEDGER_URL", "STATE_DIRECTORY")}
    address = GatewaySettings.read(given).ledger
    if address is None:
        raise SettingsError("LEDGER_URL is none: there is no ledger to read")
    return address


def _since(options: argparse.Namespace) -> float:
    return 0.0 if options.since is None else time.time() - float(options.since)


def _age(text: str) -> float:
    found = re.fullmatch(r"([0-9]{1,6})([mhd])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no age: it is a number and m, h or d, as in 12h")
    return int(found[1]) * _UNITS[found[2]]


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 999999")
    return int(text)


def _groups(text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    if not set(chosen) <= set(GROUPS) or len(set(chosen)) != len(chosen):
        raise argparse.ArgumentTypeError(f"{text!r} is not one or more of {','.join(GROUPS)}")
    return chosen


def _fail(command: str, why: str, status: int) -> int:
    print(f"nearway {command}: {why}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
