"""The files that templates are made of and read: read whole, and looked at again for changes."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from renderer.reading import Text

LOOK = 1.0
"""Seconds between two looks at whether a file has changed."""

LARGEST = 8 * 1024 * 1024
"""Bytes of a file that a template may read."""

Signature = tuple[int, int, int, int] | None
"""What is another when a file has changed; None while there is none."""


class Files:
    """Reading for templates; with `inside`, only what really lies in that folder, wherever links point."""

    def __init__(self, inside: Path | None = None) -> None:
        self._inside = None if inside is None else Path(os.path.realpath(inside))

    def read(self, name: str) -> Text:
        """What a file holds. PermissionError for one outside the folder, which relative names begin in, if there is one."""
        path = Path(os.path.abspath((self._inside or Path()) / name))
        try:
            # Not blocking: a pipe without a writer would hold up everything.
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError as error:
            self._refuse_outside(name, Path(os.path.realpath(path)))
            return Text(path, trouble=os.strerror(error.errno or 0))
        try:
            self._refuse_outside(name, _real(handle, path))
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return Text(path, trouble="it is no regular file")
            with open(handle, "rb", closefd=False) as file:
                return _text(path, file.read(LARGEST + 1))
        finally:
            os.close(handle)

    def _refuse_outside(self, name: str, real: Path) -> None:
        if self._inside is not None and not real.is_relative_to(self._inside):
            raise PermissionError(f"file {name!r} is not in {self._inside}, where files may be read from")


class Seen:
    """How files looked when they were last looked at."""

    def __init__(self) -> None:
        self._known: dict[Path, Signature] = {}

    def note(self, paths: Iterable[Path]) -> None:
        """These count from now on. What is known of them already stays: they may have changed since."""
        self._known = {path: self._known[path] if path in self._known else signature(path) for path in paths}

    def changed(self) -> bool:
        """Whether one of them has changed since it was noted, or since this last said so."""
        now = {path: signature(path) for path in self._known}
        before, self._known = self._known, now
        return now != before


def signature(path: Path) -> Signature:
    """Another one whenever the file is, or is replaced by, another."""
    try:
        known = path.stat()
    except OSError:
        return None
    return (known.st_ino, known.st_mtime_ns, known.st_ctime_ns, known.st_size)


def _text(path: Path, read: bytes) -> Text:
    if len(read) > LARGEST:
        return Text(path, trouble=f"it is larger than {LARGEST} bytes")
    try:
        return Text(path, read.decode())
    except UnicodeDecodeError as error:
        return Text(path, trouble=f"it is no UTF-8: {error}")


def _real(handle: int, path: Path) -> Path:
    """Where an open file is; by its name, where the system has no /proc."""
    try:
        return Path(os.readlink(f"/proc/self/fd/{handle}"))
    except OSError:
        return Path(os.path.realpath(path))
