"""What a run has sent and what came of it, as it is kept for the next run: a line for each, in JSON.

Pure. A task's line is on the disk before the task is sent, so whatever a dead run may have sent is known.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from contract.deadline import LONGEST_TASK
from contract.submitted import Submitted
from nearway.solve.item import Item, idempotency_key
from nearway.solve.row import Row, is_final

KNOWN = 24 * 3600 - 2 * LONGEST_TASK
"""Seconds from its sending in which a task may be sent again: gateways know its key for 24 hours, and it takes its time."""

MARK = "nearway solve"


class JournalError(ValueError):
    """A journal can't be gone on with; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A task that was perhaps sent. `at` is in seconds since the epoch."""

    key: str
    at: float


@dataclass(slots=True)
class Journal:
    """`run` is random, and makes the keys its own. `sent` and `rows` are by the lines of the input, `outputs` the files that hold
    its results; `gateway` is where it was sent to last, None as long as nobody said."""

    run: str
    gateway: str | None = None
    sent: dict[int, Sent] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    outputs: set[str] = field(default_factory=set)

    def key(self, item: Item) -> str:
        """The key of a task. JournalError when another one was sent from its line."""
        made, before = idempotency_key(self.run, item), self.sent.get(item.line)
        if before is not None and before.key != made:
            raise JournalError(f"line {item.line} of the input is another task than the one that was sent from there")
        return made

    def known(self, item: Item) -> Row | None:
        """What came of it before, if that stands; under the name it has now."""
        row = self.rows.get(item.line)
        return {**row, "id": item.id} if row is not None and is_final(row) else None

    def is_too_old(self, item: Item, now: float) -> bool:
        """Whether it may be paid for, and sending it again may pay for it twice."""
        before = self.sent.get(item.line)
        return before is not None and now - before.at > KNOWN

    def add(self, told: Mapping[str, object]) -> None:
        """One more line. KeyError, TypeError or ValueError when it is none."""
        if "sent" in told:
            sent = Sent(str(told["key"]), float(str(told["at"])))
            number = int(str(told["sent"]))
            # Gateways count the hours from the first time.
            self.sent[number] = sent if told.get("again") else self.sent.get(number, sent)
        elif "gateway" in told:
            self.gateway = str(told["gateway"])
        elif "output" in told:
            self.outputs.add(str(told["output"]))
        else:
            self._ended(told["done"])

    def _ended(self, row: object) -> None:
        if not isinstance(row, dict):
            raise TypeError("a row is an object")
        number = int(row["line"])
        self.rows[number] = row
        is_final(row)
        if row["submitted"] == str(Submitted.NO):
            self.sent.pop(number, None)  # nothing was spent: the line may be mended


def head(run: str) -> str:
    """The first line."""
    return line_of({"journal": MARK, "version": 1, "run": run})


def sent_line(item: Item, key: str, at: float, *, again: bool = False) -> str:
    """The line of a task that is about to be sent."""
    return line_of({"sent": item.line, "key": key, "at": at, **({"again": True} if again else {})})


def line_of(told: Mapping[str, object]) -> str:
    """A line with its end."""
    return json.dumps(told) + "\n"


def whole(data: bytes) -> bytes:
    """What was written whole. The last line may have been cut off by the end of the run: nothing was done on its strength.

    JournalError when it is somebody else's file.
    """
    kept = data[: data.rfind(b"\n") + 1]
    start = f'{{"journal": "{MARK}", '.encode()
    if not data.startswith(start) and not start.startswith(data):
        raise JournalError("it is no journal of nearway solve: name another file")
    return kept


def read(data: bytes) -> Journal | None:
    """The journal in these lines, None when there is nothing in it. JournalError when it can't be read."""
    first, *rest = data.split(b"\n")[:-1] or [b""]
    if not first:
        return None
    made = _begun(first)
    for number, line in enumerate(rest, 2):
        try:
            made.add(json.loads(line))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise JournalError(f"its line {number} is damaged: what was sent can't be told from it") from None
    return made


def _begun(line: bytes) -> Journal:
    try:
        told = json.loads(line)
        if told["journal"] == MARK and told["version"] == 1:
            return Journal(str(told["run"]))
    except (KeyError, TypeError, ValueError):
        pass
    raise JournalError("its first line can't be read: it is of a newer version, or damaged")
