"""Where results go: a file, whole also after a run that broke off, or standard output."""

import sys
from pathlib import Path
from typing import TextIO

from nearway.solve.row import Row, heading, written


class OutputError(ValueError):
    """The results can't go there; the text says why, and what to do."""


class Output:
    """Writes each row at once, so that whoever reads along has it."""

    def __init__(self, into: TextIO, form: str) -> None:
        self._into, self._form = into, form
        self._write(heading(form))

    def add(self, row: Row) -> None:
        """One more."""
        self._write(written(row, self._form))

    def close(self) -> None:
        """No more."""
        if self._into is not sys.stdout:
            self._into.close()

    def _write(self, text: str) -> None:
        self._into.write(text)
        self._into.flush()


def check_output(path: Path, ours: set[str]) -> None:
    """`ours` are files that a run wrote before, and that are written again. OutputError for another that has something in it."""
    if str(path.absolute()) not in ours and path.exists() and path.stat().st_size:
        raise OutputError(f"{path} is there, and no output of this journal: delete it, or name another")
