"""The command line of `nearway render`, as the tables of a file would say it. Pure."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.command_line import command_line
from renderer.duration import Duration, parse_duration
from renderer.tables import TablesError, read_toml, validated
from renderer.tool.config import Config

EXAMPLE = "nearway render -t app.conf.j2:/etc/app.conf:'systemctl reload app'\nnearway render --config render.toml --check"
STATUSES = """\
0 after leaving in order, or when all went well; 1 when a file could not be made or put in place (--once, --dry,
--check), the program had to be killed, or a port is taken; 2 for wrong arguments; 3 when a file is not as it would be
rendered (--check)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done. `mode` is run, once, dry or check; all but the first have `timeout` seconds for Consul's answers."""

    config: Config
    mode: str
    timeout: float


def read_arguments(words: list[str]) -> Asked:
    """SystemExit as argparse does it; TablesError with a line for each other fault."""
    said = parser().parse_args(words)
    mode = next((name for name in ("once", "dry", "check") if getattr(said, name)), "run")
    tables = {} if said.config is None else read_toml(said.config)
    own = {"wait": said.wait, "status_listen": said.status_listen, "log_level": said.log_level}
    tables |= {key: value for key, value in own.items() if value is not None}
    if said.template:
        tables["template"] = [*_list(tables.get("template", [])), *map(_template, said.template)]
    if said.exec is not None:
        tables["exec"] = {"reload_signal": said.reload_signal, "command": said.exec}
        tables["exec"] = {key: value for key, value in tables["exec"].items() if value is not None}
    elif said.reload_signal is not None:
        raise TablesError("--reload-signal goes with --exec; in a file it is reload_signal in the table [exec]")
    config = validated(Config, tables, "command line" if said.config is None else str(said.config))
    if mode != "run" and said.exec is not None:
        raise TablesError(f"--{mode} runs no program: leave out --exec")
    _look_at_files(config)
    return Asked(config, mode, said.timeout.seconds)


def _template(words: str) -> dict[str, str]:
    parts = words.split(":", 2)
    if len(parts) < 2 or not all(parts[:2]):
        raise TablesError(f"-t {words}: say IN:OUT or IN:OUT:COMMAND, as in -t app.j2:/etc/app.conf:'systemctl reload app'")
    return dict(zip(("source", "destination", "command"), parts, strict=False))


def _list(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said]


def _look_at_files(config: Config) -> None:
    faults = []
    for number, template in enumerate(config.template, 1):
        try:
            template.source.open("rb").close()
        except OSError as error:
            faults.append(f"template {number}: source {template.source} can't be read: {error.strerror}")
        if template.destination.exists() and not template.destination.is_file():
            faults.append(f"template {number}: destination {template.destination} is no regular file")
    if faults:
        raise TablesError("\n".join(faults))


def _duration(text: str) -> Duration:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = command_line(
        "render",
        "Files from templates and what Consul knows, kept up to date, and the programs that read them told.",
        EXAMPLE,
        STATUSES,
    )
    add = made.add_argument
    add(
        "-t",
        "--template",
        action="append",
        metavar="IN:OUT[:COMMAND]",
        help="a template, the file it makes, and what is run then",
    )
    add("-c", "--config", type=Path, metavar="FILE", help="a TOML file with [[template]] and all else")
    mode = made.add_mutually_exclusive_group()
    mode.add_argument("--once", action="store_true", help="make all files once all can be made, run their commands, end")
    mode.add_argument("--dry", action="store_true", help="print what would change as a unified diff, change nothing, end")
    mode.add_argument("--check", action="store_true", help="end with 0 if all files are as they would be made, else with 3")
    add("--timeout", type=_duration, default=Duration(60_000), metavar="TIME", help="for these three, how long to wait (60s)")
    add("--exec", metavar="PROGRAM", help="a program to run and to keep running, without a shell")
    add("--reload-signal", metavar="SIGNAL", help="has that program read its files again; without, it is started again")
    add("--wait", metavar="LEAST:MOST", help="for how long a change waits for quiet (200ms:2s)")
    add("--status-listen", metavar="ADDRESS:PORT", help="where /status and /metrics are served")
    add("--log-level", metavar="LEVEL", help="DEBUG, INFO, WARNING or ERROR")
    return made
