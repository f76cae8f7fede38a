"""Command lines: each ends its help with an example and with what its exit status means.

Pure.
"""

import argparse


def command_line(name: str, about: str, example: str, statuses: str) -> argparse.ArgumentParser:
    """The parser of `nearway <name>`. An example is a line for each way to say it; a prefix of an option is no option."""
    lines = "\n".join(f"  {line}" for line in example.splitlines())
    return argparse.ArgumentParser(
        prog=f"nearway {name}",
        description=about,
        epilog=f"example:\n{lines}\n\nexit status: {statuses}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def program_line(name: str, about: str, example: str, statuses: str) -> argparse.ArgumentParser:
    """The same of a program, which takes its settings from the environment."""
    made = command_line(name, f"{about}\n\nIts settings are environment variables: --settings lists them.", example, statuses)
    made.add_argument("--settings", action="store_true", help="print what each setting means, as a page, and end")
    made.add_argument("--check", action="store_true", help="look at the settings and what they name, and end: 0, or 2 and why")
    return made
