"""What commands have in common on their command lines.

Pure.
"""

import argparse
from collections.abc import Callable
from typing import TypeVar

Checked = TypeVar("Checked")


def argument(check: Callable[[str], Checked]) -> Callable[[str], Checked]:
    """An argument's type: what `check` says in its ValueError is shown to who gave it."""

    def checked(text: str) -> Checked:
        try:
            return check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return checked


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """`--json`, and whether there are colours."""
    parser.add_argument("--json", action="store_true", help=f"as JSON: {what}")
    add_no_color(parser)


def add_no_color(parser: argparse.ArgumentParser) -> None:
    """`--no-color`."""
    parser.add_argument(
        "--no-color", action="store_true", help="no colours; there are none either where NO_COLOR is set, or on no terminal"
    )
