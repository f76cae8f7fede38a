"""What tells a file from the one that was there before, without reading it. Pure but for the look."""

from pathlib import Path

Mark = tuple[int, int, int]
"""A file's inode, time of its last change (ns) and size."""


def mark_of(path: Path) -> Mark:
    """OSError when there is no file to look at."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size
