"""What the commands that read have in common on their command lines."""

import argparse

STATUSES = "exit status: 0; 1 when the answer is no, or there is none; 2 for wrong use"


def command_line(name: str, about: str, example: str, statuses: str = STATUSES) -> argparse.ArgumentParser:
    """A command's parser, with an example and the exit statuses at the end of its help."""
    lines = "\n".join(f"  {line}" for line in example.splitlines())
    return argparse.ArgumentParser(
        prog=f"nearway {name}",
        description=about,
        epilog=f"example:\n{lines}\n\n{statuses}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """`--json`, and whether there are colours."""
    parser.add_argument("--json", action="store_true", help=f"as JSON: {what}")
    add_no_color(parser)


def add_no_color(parser: argparse.ArgumentParser) -> None:
    """`--no-color`."""
    parser.add_argument(
        "--no-color", action="store_true", help="no colours; there are none either where NO_COLOR is set, or on no terminal"
    )
