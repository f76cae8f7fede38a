"""One gateway per SQLite file: what a gateway finds unfinished in it is its own, of an earlier run."""

import fcntl
from pathlib import Path
from typing import IO


class HeldError(Exception):
    """Another gateway has the file; the text says what to do."""


def hold(path: Path) -> IO[str]:
    """Take the file for as long as what is returned is open; the kernel gives it back when we die (flock(2)).

    By a file beside it, for SQLite locks its own in its own way. Folder and file are made, and nobody else may read the file:
    there are answers in it. OSError when they can't be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    file = path.with_name(f"{path.name}.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise HeldError(
            f"another gateway keeps its ledger in {path}: give this one a place of its own (STATE_DIRECTORY or LEDGER_URL), "
            "or both a PostgreSQL (LEDGER_URL)"
        ) from None
    return file
