"""A task as a client keeps it.

Pure but for the random key of a new one.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from contract.submitted import Submitted
from nearway.client.errors import TaskRefusedError


@dataclass(frozen=True, slots=True)
class Ticket:
    """A task with the key under which it is paid for once, in 24 hours; and where its solution is asked for, once it is accepted.

    Kept on a disk, it gets a program that was restarted its solution without paying again.
    """

    task: Mapping[str, object] = field(repr=False)
    idempotency_key: str
    location: str | None = None

    def body(self) -> bytes:
        """The task as it is sent. TaskRefusedError when it can't be JSON."""
        try:
            return json.dumps(self.task, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise TaskRefusedError("BAD_REQUEST", f"The task can't be sent as JSON: {error}", Submitted.NO) from None


def new_ticket(task: Mapping[str, object], idempotency_key: str | None = None) -> Ticket:
    """A task that was not sent yet."""
    return Ticket(task, idempotency_key or str(uuid.uuid4()))
