"""What the commands that read have in common on their command lines.

Pure.
"""

import argparse


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """`--json`, and whether there are colours."""
    parser.add_argument("--json", action="store_true", help=f"as JSON: {what}")
    add_no_color(parser)


def add_no_color(parser: argparse.ArgumentParser) -> None:
    """`--no-color`."""
    parser.add_argument(
        "--no-color", action="store_true", help="no colours; there are none either where NO_COLOR is set, or on no terminal"
    )
