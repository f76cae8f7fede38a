"""A stand-in's answers.

Pure. A task says in its page's address how long it takes (`seconds=`); its location says when it is due, so that any stand-in of
any region can answer for it. Times are Unix seconds.
"""

import re
from dataclasses import dataclass, field

from contract.prefer import parse_prefer

_SECONDS, _WAIT = re.compile(rb"seconds=([0-9.]+)"), re.compile(rb"(?i)\r\nprefer: *([^\r\n]*)")
_DUE = re.compile(rb"/tasks/[0-9]+\?due=([0-9.]+) ")


@dataclass(frozen=True, slots=True)
class Later:
    """What is answered, and when."""

    at: float
    response: bytes


@dataclass(slots=True)
class Book:
    """A stand-in's slots: each is taken from the acceptance of a task until the task is due."""

    slots: int
    due: dict[int, float] = field(default_factory=dict)
    accepted: int = 0
    refused: int = 0
    most: int = 0

    def solve(self, head: bytes, body: bytes, now: float) -> Later:
        """`POST /solve`."""
        self._forget(now)
        if len(self.due) >= self.slots:
            self.refused += 1
            return Later(now, _response(503, b'{"error": "WORKER_AT_CAPACITY"}', b"Task-Submitted: no\r\nRetry-After: 1\r\n"))
        self.accepted += 1
        found = _SECONDS.search(body)
        due = self.due[self.accepted] = now + (float(found[1]) if found else 0.0)
        self.most = max(self.most, len(self.due))
        return _when(due, self.accepted, head, now, held=True)

    def wait(self, head: bytes, now: float) -> Later:
        """`GET` of a location."""
        found = _DUE.search(head)
        if found is None:
            return Later(now, _response(404, b'{"error": "NOT_FOUND"}', b"Task-Submitted: no\r\n"))
        return _when(float(found[1]), 0, head, now, held=False)

    def _forget(self, now: float) -> None:
        # Tasks of one length are due in the order they came in; looking at all is for when it is full.
        if len(self.due) >= self.slots:
            self.due = {number: due for number, due in self.due.items() if due > now}


def _when(due: float, number: int, head: bytes, now: float, *, held: bool) -> Later:
    """Solved when due; `202` when the wait is over first. Without a preference a task is `held` until it is solved."""
    found = _WAIT.search(head)
    prefer = parse_prefer(found[1].decode("latin-1") if found else None)
    until = now + prefer.wait if prefer.wait is not None and (prefer.respond_async or not held) else (due if held else now)
    if due <= until:
        return Later(due, _response(200, b'{"solution": "stand-in", "captcha_id": "1"}', b"Task-Submitted: yes\r\n"))
    location = b"Location: /tasks/%d?due=%.6f\r\n" % (number, due)
    return Later(until, _response(202, b'{"captcha_id": "1"}', b"Task-Submitted: yes\r\n" + location))


def _response(status: int, body: bytes, fields: bytes) -> bytes:
    head = b"HTTP/1.1 %d -\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % (status, len(body))
    return head + fields + b"\r\n" + body


def plain(status: int, body: bytes) -> bytes:
    """An answer about the stand-in itself."""
    return _response(status, body, b"")
