"""Numbers for people."""

from collections.abc import Sequence

Rows = list[tuple[str, str]]
"""What was measured, and how much it was."""


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of all is not above (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(seconds: float) -> str:
    """With one decimal."""
    return f"{1000 * seconds:.1f} ms"


def table(rows: Sequence[tuple[str, str]]) -> str:
    """A Markdown table of what was measured and how much it was."""
    return columns(("measured", "figure"), rows)


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = (" | ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in (head, *rows))
    first, *others = (f"| {line} |" for line in lines)
    return "\n".join([first, f"|{'|'.join('-' * (width + 2) for width in widths)}|", *others])
