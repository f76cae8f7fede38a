"""The command line `nearway`: one entry for everything."""

import importlib
import os
import sys
from collections.abc import Sequence

from contract import __version__
from nearway.commands import COMMANDS, Command, usage

WRONG_USE = 2
INTERRUPTED = 130
NO_READER = 141
"""As a shell tells of a program that SIGPIPE ended."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the first argument names, and end with the exit status of that."""
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name == "help" and rest:
        name, *rest = rest[0], "--help"
    if name in ("-h", "--help", "help"):
        print(usage())
    elif name == "--version":
        print(f"nearway {__version__}")
    elif name in COMMANDS:
        sys.exit(_run(COMMANDS[name], rest))
    else:
        print(_unknown(name), file=sys.stderr)
        sys.exit(WRONG_USE)


def _run(command: Command, rest: Sequence[str]) -> int:
    if not command.is_own:
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", command.module, *command.words, *rest])  # noqa: S606
    try:
        status: int = importlib.import_module(f"{command.module}.__main__").main([*command.words, *rest])
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has read enough. Python would flush once more at the end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_READER
    return status


def _unknown(name: str) -> str:
    import difflib  # a tenth of the time that `nearway --help` takes

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    meant = f": did you mean {near[0]}?" if near else ""
    return f"nearway: no command {name!r}{meant}\n`nearway --help` lists the commands there are"


if __name__ == "__main__":
    main()
