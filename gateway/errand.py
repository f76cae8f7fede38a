"""One task on its way: what is known of it while it is carried."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from attempt.evidence import Answer
from gateway.queue import Ticket
from gateway.task import Task
from gateway.timing import Timing
from gateway.trail import Trail


def nothing() -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class Errand:
    """`tried` are the regions that did not take the task; `at` is the one that has it, or had it last.

    `ticket` is its place in the queue, where `on_queued` is called. `submitting` is true while nobody knows whether it is paid
    for; once it is, `accepted` and `location` are there, and `on_accepted` is called. `promise` is to be awaited before a client
    is told to ask for the task by its id, and raises ProblemError when it can't be; None where nobody would know of it.
    `elsewhere` is the task's id when it is another gateway that carries it. `worker` is who answered last, by its
    own word. `doubt` says what came of a submission that may have cost, when the task is to be sent once more.
    """

    task: Task
    timing: Timing
    trail: Trail = field(default_factory=Trail)
    tried: set[str] = field(default_factory=set)
    at: str = "none"
    ticket: Ticket | None = None
    submitting: bool = False
    doubt: str | None = None
    accepted: Answer | None = None
    location: str | None = None
    elsewhere: str | None = None
    worker: str | None = None
    on_accepted: Callable[[], None] = nothing
    on_queued: Callable[[], None] = nothing
    promise: "Promise | None" = None

    def let_go(self) -> None:
        """Nobody wants to know any more.

        Else each task would be a cycle with all that belongs to it, down to the client's request: the garbage collector's work,
        which stops everything for some hundredths of a second.
        """
        self.on_accepted = self.on_queued = nothing

    def traced(self) -> dict[str, str]:
        """The header fields that tell a region of the task's trace, and of the stage that is under way in it."""
        trace = self.task.trace
        return trace.fields(trace.child(len(self.timing.stages))) if trace else {}

    @property
    def is_retry(self) -> bool:
        """Whether it had a turn in vain."""
        return self.ticket is not None and self.ticket.turns > 0


Promise = Callable[[Errand], Awaitable[None]]
