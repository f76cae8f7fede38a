"""One task on its way: what is known of it while it is carried."""

from dataclasses import dataclass, field

from gateway.queue import Ticket
from gateway.task import Task
from gateway.timing import Timing
from gateway.trail import Trail


@dataclass(slots=True)
class Errand:
    """`tried` are the regions that did not take the task.

    `at` is the region that has the task, or had it last; `ticket` its place in the queue, once it had to wait.
    """

    task: Task
    timing: Timing
    trail: Trail = field(default_factory=Trail)
    tried: set[str] = field(default_factory=set)
    at: str = "none"
    ticket: Ticket | None = None

    @property
    def is_retry(self) -> bool:
        """Whether it had a turn in vain."""
        return self.ticket is not None and self.ticket.turns > 0
