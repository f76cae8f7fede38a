"""Where the ledger is kept: `LEDGER_URL` understood.

Pure.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

HOW = "sqlite, sqlite:///PATH (four slashes for a path from the root), postgresql://USER:PASSWORD@HOST/DATABASE, or none"


@dataclass(frozen=True, slots=True)
class SQLiteFile:
    """A file on this machine, for one gateway."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A database that gateways share. `dsn` is as libpq has it, and holds the password; the words do not."""

    dsn: str

    def __str__(self) -> str:
        split = urlsplit(self.dsn)
        return f"postgresql://{split.netloc.rpartition('@')[2]}{split.path}"


Address = SQLiteFile | PostgreSQL


def parse_address(text: str, folder: Path) -> Address | None:
    """None for `none`; `sqlite` is a file in the folder.

    ValueError says what is understood, and repeats nothing: there may be a password in it.
    """
    if text == "none":
        return None
    if text == "sqlite":
        return SQLiteFile(folder / "ledger.sqlite")
    try:
        url = urlsplit(text)
        _ = url.port  # which may be none
    except ValueError:
        raise ValueError(f"it is not understood; it is one of {HOW}") from None
    if url.scheme == "sqlite":
        return _file(url)
    if url.scheme in ("postgresql", "postgres"):
        return PostgreSQL(text)
    raise ValueError(f"it is of no kind that is known; it is one of {HOW}")


def _file(url: SplitResult) -> SQLiteFile:
    name = url.path.removeprefix("/")
    if url.netloc or url.query or url.fragment or name in ("", ":memory:"):
        raise ValueError("with SQLite it is a file on this machine: sqlite:///PATH, four slashes for a path from the root")
    return SQLiteFile(Path(name))
