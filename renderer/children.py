"""nginx's processes as the kernel tells of them: which take requests, and which only finish what they hold.

nginx names its processes itself: one that was told to end calls itself "shutting down". Where there is no /proc, nobody is seen.
"""

from collections.abc import Iterator
from pathlib import Path


def serving(master: int) -> set[int]:
    """The ids of a master's processes that take requests."""
    return {process for process, title in _children(master) if b"worker process" in title and b"shutting down" not in title}


def leaving(master: int) -> set[int]:
    """The ids of those of before a reload, which live as long as the requests they hold."""
    return {process for process, title in _children(master) if b"shutting down" in title}


def _children(master: int) -> Iterator[tuple[int, bytes]]:
    for child in _read(Path(f"/proc/{master}/task/{master}/children")).split():
        yield int(child), _read(Path(f"/proc/{int(child)}/cmdline"))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # gone meanwhile, or a system without /proc
        return b""
