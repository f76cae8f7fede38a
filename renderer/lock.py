"""One renderer per folder: a second one would take the first one's nginx for left behind."""

import fcntl
from pathlib import Path
from typing import IO


class HeldError(Exception):
    """Another renderer works in the folder; the text says which."""


def hold(run_dir: Path) -> IO[str]:
    """Take the folder for as long as the file returned is open; the kernel gives it back when we die (flock(2)).

    It is given up before nginx has answered all it holds: the next renderer need not wait for that.
    """
    file = (run_dir / "renderer.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise HeldError(f"another renderer works in {run_dir}: stop it, or set RUN_DIR to another folder") from None
    return file
