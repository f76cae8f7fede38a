"""Templates are programs: one that would never end must not hold up all else."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from renderer.engine import Faulty, Outcome, Page, Reads

LONGEST = 5.0
"""Seconds of computing that one pass over a template may take."""


class TooLongError(Exception):
    """The time is over."""


def bounded(page: Page, render: Callable[[], Outcome], seconds: float = LONGEST) -> Outcome:
    """A pass, or after so many seconds of computing its end as a fault of the template."""
    try:
        with within(seconds):
            return render()
    except TooLongError as error:  # it came when the template was done already
        return Faulty(Reads(files=frozenset({page.path})), f"{page.path}: {error}")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is done inside may compute for so long; then TooLongError is raised in it, in the midst of a regular expression too.

    Python runs handlers of signals in its main thread alone, so elsewhere nothing is bounded (setitimer(2)).
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _over(seconds))
    # Again and again, in case something catches it.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _over(seconds: float) -> Callable[[int, object], None]:
    def raise_in_it(_: int, __: object) -> None:
        raise TooLongError(f"it computes for more than {seconds:g} s")

    return raise_in_it
