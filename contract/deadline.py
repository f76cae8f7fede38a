"""`Nearway-Deadline`: how many seconds a task may still take, from whoever hands it on."""

import re

HEADER = "Nearway-Deadline"

PATTERN = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"

LONGEST_TASK = 300
"""Seconds a task may take from its arrival to its answer."""


def parse_deadline(header: str | None) -> float:
    """The seconds left, `LONGEST_TASK` at most and without the header; ValueError says what it must be."""
    if header is None:
        return LONGEST_TASK
    if not re.fullmatch(PATTERN, header.strip()):
        raise ValueError(f"{HEADER} is not a number of seconds, as in 90 or 2.5")
    return min(float(header), LONGEST_TASK)
