"""A text from outside as a part of one line: of a log, a trail, a terminal. Pure."""

LONGEST = 300
"""Characters that are kept."""


def masked(text: str) -> str:
    """With a question mark for each character that is none to be seen."""
    return "".join(one if one.isprintable() else "?" for one in text)


def one_line(text: str) -> str:
    """Without what could end the line or be taken for a command of a terminal's, and cut where it is too long."""
    told = masked(" ".join(text[: 2 * LONGEST].split()))
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}…"
