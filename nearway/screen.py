"""A terminal, or what stands in its place: colours only on a terminal, and whole lines for a program that reads them."""

import sys
from collections.abc import Sequence

from rich.console import Console, RenderableType

UNBOUNDED = 10_000
"""Columns, where nobody looks: a program that reads lines wants each whole."""


def screen(*, colours: bool = True) -> Console:
    """Standard output. `NO_COLOR` (https://no-color.org) counts, too."""
    made = Console(markup=False, emoji=False, highlight=False, width=None if sys.stdout.isatty() else UNBOUNDED)
    if made.no_color or not colours:
        made = Console(markup=False, emoji=False, highlight=False, width=made.width, color_system=None)
    return made


def show(console: Console, parts: Sequence[RenderableType]) -> None:
    """Print them below each other, without the blanks that fill up a table's lines."""
    with console.capture() as caught:
        console.print(*parts, sep="\n")
    print("\n".join(line.rstrip() for line in caught.get().splitlines()))
