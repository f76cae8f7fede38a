"""The policy file: read and replaced whole, by one at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def alone(path: Path) -> Iterator[Path]:
    """The file that a path leads to, while nobody else changes it so. OSError when its folder can't be opened.

    It is the folder that is locked (flock(2)), for the file itself is replaced.
    """
    target = Path(os.path.realpath(path))
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield target
    finally:
        os.close(folder)


def replace(path: Path, text: str) -> None:
    """Put a text in a file's place in one step, with its mode and, as far as we may, its owner. It is on the disk after."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with fresh.open("x") as file:
            if path.exists():
                status = path.stat()
                with suppress(PermissionError):
                    os.fchown(file.fileno(), status.st_uid, status.st_gid)
                os.fchmod(file.fileno(), status.st_mode & 0o7777)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
