"""`nearway completion SHELL`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from contract.command_line import command_line

SHELLS = ("bash", "zsh", "fish")

_ABOUT = """\
What a shell needs to complete nearway's commands, their options, what these may be, and the names of regions, which the
gateway is asked for. bash and zsh: a line in ~/.bashrc or ~/.zshrc, as below. fish: once, into its folder."""

_EXAMPLE = """\
source <(nearway completion bash)
source <(nearway completion zsh)
nearway completion fish >~/.config/fish/completions/nearway.fish"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = command_line("completion", _ABOUT, _EXAMPLE, "0; 2 for wrong use")
    made.add_argument("shell", metavar="SHELL", choices=SHELLS, help="the shell: " + ", ".join(SHELLS))
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the script; the exit status."""
    shell = parser().parse_args(arguments).shell
    sys.stdout.write((Path(__file__).parent / f"nearway.{shell}").read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
