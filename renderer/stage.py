"""Putting a text in a file's place without ever leaving a bad one there: staged beside it, checked, then swapped by rename.

The one before is kept, as `<name>.bak` unless told otherwise. The rename is atomic for readers of the file (POSIX rename); the
folder is synced too, so that the swap outlasts a power cut.
"""

import os
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

Check = Callable[[Path], Awaitable[str | None]]
"""Looks at a staged file: None when it is good, else what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The file holds these bytes already."""


@dataclass(frozen=True, slots=True)
class Swapped:
    """The file holds the new text. The one before is `kept` there; None when there was none."""

    kept: Path | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The file is as it was; `reason` says why, for the operator."""

    reason: str


Outcome = Unchanged | Swapped | Refused


@dataclass(frozen=True, slots=True)
class Owned:
    """Permissions, user and group that a file is to have, by number; None: as the one before has, if there is one."""

    mode: int | None = None
    user: int | None = None
    group: int | None = None


AS_BEFORE = Owned()


async def swap(target: Path, text: str, check: Check, owned: Owned = AS_BEFORE, kept: Path | None = None) -> Outcome:
    """Make `target` hold `text` if `check` finds nothing against it. No failure raises: it is told as Refused.

    `kept` is where the one before is to be found then.
    """
    staged = target.with_name(f".{target.name}.staged")
    try:
        if read(target) == text:
            return Unchanged()
        _write(staged, text, target, owned)
        trouble = await check(staged)
        if trouble is not None:
            return Refused(trouble)
        return Swapped(_replace(target, staged, kept or backup_of(target)))
    except OSError as error:
        return Refused(f"{target} can't be replaced: {error}")
    finally:
        with suppress(OSError):
            staged.unlink(missing_ok=True)


def read(target: Path) -> str | None:
    """What the file holds; None when there is none, or nothing that is text."""
    try:
        # Byte for byte: line ends are not made others.
        return target.read_bytes().decode("utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def put_back(target: Path, swapped: Swapped) -> str | None:
    """Make `target` hold again what it held before the swap; why that failed, or None. It needs no room on the disk."""
    try:
        if swapped.kept is None:
            target.unlink(missing_ok=True)
        else:
            os.replace(swapped.kept, target)
        _sync_folder(target.parent)
    except OSError as error:
        return f"{target} can't be put back: {error}"
    return None


def backup_of(target: Path) -> Path:
    """Where the text before the last swap is."""
    return target.with_name(target.name + ".bak")


def _write(staged: Path, text: str, like: Path, owned: Owned) -> None:
    staged.unlink(missing_ok=True)
    with staged.open("xb") as file:
        file.write(text.encode("utf-8"))
        _as_is(file.fileno(), like)
        _own(file.fileno(), owned)
        file.flush()
        os.fsync(file.fileno())


def _as_is(file: int, like: Path) -> None:
    try:
        known = like.stat()
    except FileNotFoundError:
        return
    os.fchmod(file, known.st_mode & 0o7777)
    if (known.st_uid, known.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(file, known.st_uid, known.st_gid)


def _own(file: int, owned: Owned) -> None:
    if owned.user is not None or owned.group is not None:
        os.fchown(file, -1 if owned.user is None else owned.user, -1 if owned.group is None else owned.group)
    if owned.mode is not None:
        os.fchmod(file, owned.mode)


def _replace(target: Path, staged: Path, backup: Path) -> Path | None:
    """Where the one before is then."""
    known = target.exists()
    if known:
        kept = target.with_name(f".{target.name}.kept")
        kept.unlink(missing_ok=True)
        try:
            os.link(target, kept)
        except OSError:  # a file system without hard links
            shutil.copy2(target, kept)
        os.replace(kept, backup)
    os.replace(staged, target)
    _sync_folder(target.parent)
    return backup if known else None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
