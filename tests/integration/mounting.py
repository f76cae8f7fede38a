"""Disks that are full and folders that can't be written, for whoever may mount."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def may_mount() -> bool:
    """Whether we may mount: as root, but not in a container without that right (capabilities(7), CAP_SYS_ADMIN)."""
    rights = int(re.findall(r"^CapEff:\s*([0-9a-f]+)", Path("/proc/self/status").read_text(), re.MULTILINE)[0], 16)
    return bool(rights >> 21 & 1) and shutil.which("mount") is not None


ROOT = pytest.mark.skipif(not may_mount(), reason="mounting needs a right that this process lacks")


@contextmanager
def mounted(*arguments: str, on: Path) -> Iterator[None]:
    subprocess.run(["mount", *arguments, str(on)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(on)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    with mounted("--bind", str(folder), on=folder):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield


def fill(path: Path) -> None:
    """Until the disk is full."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4_096)
        except OSError:
            pass
