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
    widest = max(len(name) for name, _ in rows)
    head = [f"| {'measured':<{widest}} | figure |", f"|{'-' * (widest + 2)}|---|"]
    return "\n".join([*head, *(f"| {name:<{widest}} | {figure} |" for name, figure in rows)])
