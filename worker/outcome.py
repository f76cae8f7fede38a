"""What can become of a call to the API when there is no answer, beside the replies of `reply.py`."""

from dataclasses import dataclass

from worker.reply import Accepted, NotReady, Refused, Solved, Unreadable


@dataclass(frozen=True, slots=True)
class NotSent:
    """No connection was made, so nothing was sent. `why` holds no secret."""

    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """It may have been sent, and no whole answer came. `why` holds no secret."""

    why: str


SubmissionOutcome = Accepted | Refused | Unreadable | NotSent | Lost
PollOutcome = NotReady | Solved | Refused | Unreadable | NotSent | Lost
