"""The command line of `nearway doctor`.

Pure.
"""

import argparse
from pathlib import Path

from contract.command_line import command_line
from nearway.asking.target import add_target
from nearway.options import add_json

PROGRAMS = ("gateway", "worker", "renderer", "dial")

_ABOUT = """\
Look at Consul, at what is registered, at a gateway, and at this machine as the programs named by --for would find it with the
environment that is set; say of each thing whether it is ok, and of what is not how it is mended. It changes nothing, and
spends nothing."""

_EXAMPLE = """\
nearway doctor
nearway doctor --for worker --account --no-gateway
nearway doctor --region-file regions/us-east.toml"""

_STATUSES = "0 when nothing is wrong, be there warnings; 1 when something is; 2 for wrong use"


def parser() -> argparse.ArgumentParser:
    """It."""
    made = command_line("doctor", _ABOUT, _EXAMPLE, _STATUSES)
    made.add_argument(
        "--for",
        dest="programs",
        action="append",
        choices=PROGRAMS,
        default=[],
        help="which program is to run here, with its settings, port and rights in Consul: "
        + ", ".join(PROGRAMS)
        + " (the commands that set dials); may be said again (default: gateway)",
    )
    made.add_argument(
        "--region-file", metavar="FILE", type=Path, help="for a renderer: its region file, with which nginx is tried, too"
    )
    made.add_argument("--account", action="store_true", help="for a worker: ask the API for threads and balance, which is free")
    made.add_argument("--no-gateway", action="store_true", help="leave out the gateway")
    add_json(made, "a list of objects with `check`, `level` (ok, warning, wrong), `what` and `mend` (null: nothing)")
    add_target(made)
    return made
