"""A text from outside as a part of one line: of a log, a trail, a terminal. Pure."""

LONGEST = 300
"""Characters that are kept."""


def one_line(text: str) -> str:
    """Without what could end the line or be taken for a command of a terminal's, and cut where it is too long."""
    seen = " ".join(text[: 2 * LONGEST].split())
    told = "".join(one if one.isprintable() else "?" for one in seen)
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}…"
