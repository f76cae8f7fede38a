"""`Task-Submitted`: whether money may have been spent, which is what makes a retry safe or not."""

from enum import StrEnum

HEADER = "Task-Submitted"


class Submitted(StrEnum):
    """What the sender knows of the one step that costs: the hand-over of the task to the paid API."""

    NO = "no"
    """It did not happen and will not: the same task may be sent again, anywhere."""
    YES = "yes"
    """It happened: the task is paid for and must not be sent again."""
    UNKNOWN = "unknown"
    """It may have happened: sending the task again may pay for it twice."""


def parse_submitted(header: str | None) -> Submitted | None:
    """The header's meaning; None when it is missing or not one of the three words."""
    try:
        return Submitted((header or "").strip().lower())
    except ValueError:
        return None
