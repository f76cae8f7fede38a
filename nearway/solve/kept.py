"""A journal on the disk, held by one run at a time."""

import fcntl
import os
import threading
from pathlib import Path

from nearway.solve.journal import Journal, JournalError, head, line_of, read, whole


class Kept:
    """A journal that is open: `add` writes a line, and is back when it is on the disk, so far as it must be."""

    def __init__(self, file: int, journal: Journal) -> None:
        self._file, self.journal, self._lock = file, journal, threading.Lock()

    def add(self, line: str, *, durable: bool) -> None:
        """Write it; `durable`: it is there even if the machine loses its power. OSError when it can't be written, none of it is
        there then. Any thread may."""
        with self._lock:
            before = os.fstat(self._file).st_size
            try:
                self._write(line.encode())
            except OSError:
                os.ftruncate(self._file, before)
                raise
        if durable:
            os.fsync(self._file)

    def sends_to(self, gateway: str) -> None:
        """From now on its tasks go to that gateway."""
        if gateway != self.journal.gateway:
            self.journal.gateway = gateway
            self.add(line_of({"gateway": gateway}), durable=True)

    def wrote(self, output: Path) -> None:
        """That file is going to hold the results."""
        path = str(output.absolute())
        if path not in self.journal.outputs:
            self.journal.outputs.add(path)
            self.add(line_of({"output": path}), durable=True)

    def close(self) -> None:
        """Let another run have it."""
        os.close(self._file)

    def _write(self, rest: bytes) -> None:
        while rest:
            rest = rest[os.write(self._file, rest) :]


def keep(path: Path, run: str) -> Kept:
    """Open it, or begin one. JournalError when it is no journal or another run has it, OSError when it can't be opened."""
    # It holds solutions, and keys by which they are had.
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        _hold(file)
        return Kept(file, _read(file) or _begin(file, path, run))
    except BaseException:
        os.close(file)
        raise


def _hold(file: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise JournalError("another run of nearway solve goes on with it: wait for it, or stop it") from None


def _read(file: int) -> Journal | None:
    with os.fdopen(os.dup(file), "rb") as opened:
        data = opened.read()
    kept = whole(data)
    if len(kept) < len(data):
        os.ftruncate(file, len(kept))
    return read(kept)


def _begin(file: int, path: Path, run: str) -> Journal:
    made = Kept(file, Journal(run))
    made.add(head(run), durable=True)
    folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # that there is such a file is on the disk, too
    finally:
        os.close(folder)
    return made.journal
