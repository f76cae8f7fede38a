"""docs/cli.md, from the commands' own parsers."""

import argparse
import re
from collections.abc import Iterator

from nearway.commands import COMMANDS, GROUPS, Command
from tests.completion.described import about, actions, called, parser_of

_HEAD = """\
# The command line

Made by `make docs` from the commands' own parsers; `nearway COMMAND --help` says the same in a terminal.

- **Exit status**: 0 when all is well; 1 when the answer is no, or there is none; 2 for wrong use; 130 after Ctrl-C. Where a
  command has more to tell, it is said below.
- **`--json`**, at every command that reads: one JSON document on standard output. Members may be added; those there are keep
  their names and meanings. What went wrong is on standard error.
- **Colours** only on a terminal, and none where `NO_COLOR` is set or `--no-color` is given. Through a pipe each line is whole.
- **What comes from outside**, as from registrations in Consul, is shown with its control characters escaped.
- **The gateway** that is asked is that of `--gateway`, else of `NEARWAY_URL`, else `http://127.0.0.1:8000`;
  [docs/settings.md](settings.md#the-command-line) has the variables for its key and for TLS. A gateway with tenants tells what
  it sees to keys of the role `viewer` or `operator` ([docs/tenants.md](tenants.md)).
- **Completion** of commands, options and names of regions: `nearway completion`, below.
"""


def command_page() -> str:
    """The whole of it."""
    return "\n".join([_HEAD, *_contents(), *(line for command in COMMANDS.values() for line in _section(command))]) + "\n"


def examples(parser: argparse.ArgumentParser) -> list[str]:
    """The command lines in a parser's help that are examples."""
    return [line.strip() for line in _example(parser).splitlines()]


def _contents() -> Iterator[str]:
    yield from ("| | command | what it is for |", "|---|---|---|")
    for group, commands in GROUPS.items():
        for number, command in enumerate(commands):
            name = f"[`nearway {command.name}`](#nearway-{command.name})"
            yield f"| {group if number == 0 else ''} | {name} | {command.about} |"


def _section(command: Command) -> Iterator[str]:
    parser = parser_of(command)
    yield from ("", f"## nearway {command.name}", "", parser.description or "", "")
    yield from ("```sh", *examples(parser), "```", "", "| argument | meaning |", "|---|---|")
    for action in actions(parser)[1:]:  # the first is --help
        yield f"| `{_said(action)}` | {about(action, parser)} |"
    yield from ("", _statuses(parser))


def _said(action: argparse.Action) -> str:
    flags, value = ", ".join(action.option_strings), "" if action.nargs == 0 else called(action)
    return f"{flags} {value}".strip() if flags else value


def _example(parser: argparse.ArgumentParser) -> str:
    found = re.fullmatch(r"example:\n(.*?)\n\nexit status: .*", parser.epilog or "", re.S)
    assert found, f"{parser.prog}: its help does not end with an example and the exit statuses"
    return found[1]


def _statuses(parser: argparse.ArgumentParser) -> str:
    return "Exit status: " + (parser.epilog or "").rpartition("\n\nexit status: ")[2].rstrip(".") + "."
