"""Reports on solutions: reportgood and reportbad."""

from demo.api import codes
from demo.api.answers import Refusal
from demo.api.book import Task
from demo.api.solve_times import End

REPORT_WITHIN = 900.0
"""Seconds after the submission."""
COMPLAINTS_ALLOWED = 0.4
"""Share of all reports that may be complaints."""
COMPLAINTS_COUNT_FROM = 20
"""Reports before the share says anything."""


def check_report(task: Task, now: float) -> Refusal | None:
    """Once for each solved task, within a quarter of an hour."""
    if task.reported:
        return Refusal(codes.DUPLICATE_REPORT, "it was reported already")
    if now - task.accepted_at > REPORT_WITHIN:
        return Refusal(codes.WRONG_CAPTCHA_ID, "it was sent too long ago")
    if task.end is not End.SOLVED or not task.is_over(now):
        return Refusal(codes.REPORT_NOT_RECORDED, "it has no solution")
    return None


class Complaints:
    """How many reports of an account are complaints."""

    def __init__(self) -> None:
        self._all = self._bad = 0

    def check(self, *, good: bool) -> Refusal | None:
        """A complaint of an account that complains too much is not recorded."""
        too_many = self._all >= COMPLAINTS_COUNT_FROM and self._bad > COMPLAINTS_ALLOWED * self._all
        if good or not too_many:
            return None
        return Refusal(codes.REPORT_NOT_RECORDED, f"more than {COMPLAINTS_ALLOWED:.0%} of the reports are complaints")

    def record(self, *, good: bool) -> None:
        """A report was taken."""
        self._all += 1
        self._bad += not good
