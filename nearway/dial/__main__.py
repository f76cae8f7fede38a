"""`nearway drain REGION`, `nearway undrain REGION`, `nearway dial REGION SHARE`."""

import argparse
import asyncio
import getpass
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from contract.command_line import command_line
from discovery.access import Access, access_from
from discovery.consul import Consul, ConsulError
from discovery.dialable import dialable, unknown
from discovery.dialling import ask_all, write_all
from discovery.dials import LONGEST_BY, Dial, after, check_by, check_share, check_why
from discovery.records import check_region
from nearway.options import argument

NOWHERE = 1
WRONG_USE = 2
INTERRUPTED = 130

_ABOUT = {
    "drain": "Let a region take nothing new, as `nearway dial REGION 0`. What it has in flight ends there.",
    "undrain": "Let a region take its full share again, as `nearway dial REGION 1`.",
    "dial": "Set the share of a region's slots that each gateway may use: from 0, which drains it, to 1.",
}
_EXAMPLES = {
    "drain": 'nearway drain eu-west --why "its nginx is slow"',
    "undrain": "nearway undrain eu-west",
    "dial": "nearway dial eu-west 0.3",
}
_WHERE = """\
The dial is written into Consul's KV store in every datacenter that answers, so that a region can be drained while its own
datacenter is down, and every gateway follows at once. Of dials that differ the newest counts."""
_STATUSES = "0 when at least one datacenter took it (those that did not are named), 1 when none did, 2 for wrong use"


def parser(command: str) -> argparse.ArgumentParser:
    """The command line of one of the three."""
    made = command_line(command, f"{_ABOUT[command]}\n\n{_WHERE}", _EXAMPLES[command], _STATUSES)
    made.add_argument("region", metavar="REGION", type=argument(check_region), help="the region's name")
    if command == "dial":
        made.add_argument("share", metavar="SHARE", type=argument(_share), help="0.0 to 1.0; above 0, at least one slot is left")
    made.add_argument(
        "--by", metavar="NAME", type=argument(check_by), default=_somebody(), help="who sets it (default: this user and machine)"
    )
    made.add_argument(
        "--why", metavar="TEXT", type=argument(check_why), default="", help="the reason, for whoever looks at the region later"
    )
    made.add_argument("--force", action="store_true", help="also for a region that no datacenter knows")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Set a dial; the exit status. The first argument is the command's name."""
    command, *rest = sys.argv[1:] if arguments is None else arguments
    options = parser(command).parse_args(rest)
    share = {"drain": 0.0, "undrain": 1.0}.get(command, getattr(options, "share", 0.0))
    try:
        access = access_from(os.environ)
        return asyncio.run(_set(access, command, options.region, share, options))
    except ValueError as error:
        return _fail(command, str(error), WRONG_USE)
    except ConsulError as error:
        return _fail(command, f"no Consul answers, nothing was set: {error}", NOWHERE)
    except KeyboardInterrupt:
        return _fail(command, "interrupted; some datacenters may have taken the dial: set it again", INTERRUPTED)


async def _set(access: Access, command: str, region: str, share: float, options: argparse.Namespace) -> int:
    async with AsyncExitStack() as stack:
        agents = [await stack.enter_async_context(Consul(address, access)) for address in access.addresses]
        view = await ask_all(agents)
        known = dialable(view)
        if region not in known.regions and not options.force:
            return _fail(command, f"{unknown(region, known)}. --force sets its dial all the same", WRONG_USE)
        before = known.dials.get(region)
        dial = Dial(share, after(datetime.now(UTC), before), options.by, options.why)
        taken = await write_all(agents, view.datacenters, region, dial)
    for datacenter, trouble in taken.items():
        if trouble:
            print(f"nearway {command}: not written in {datacenter}: {trouble}", file=sys.stderr)
    if all(taken.values()):
        return _fail(command, f"no datacenter took it: {region} is as it was", NOWHERE)
    written = ", ".join(datacenter for datacenter, trouble in taken.items() if not trouble)
    print(f"{region}: dial {share:g} (it was {f'{before.share:g}, by {before.by}' if before else '1'}), written in {written}")
    return 0


def _somebody() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in containers
        name = f"uid-{os.getuid()}"
    return f"{name}@{socket.gethostname()}"[:LONGEST_BY]


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        raise ValueError(f"dial {text!r} is not a number from 0 to 1") from None
    return check_share(share)


def _fail(command: str, why: str, status: int) -> int:
    print(f"nearway {command}: {why}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
