"""Finding consul and nginx: on PATH, or where `make` put them."""

import shutil
from pathlib import Path

from demo.layout import Tools

HOME = Path(__file__).resolve().parent.parent


class MissingToolError(Exception):
    """A binary is not there; the text says how to get it."""


def find_tools() -> Tools:
    """Both, as absolute paths."""
    return Tools(_find("consul", HOME / ".tools" / "consul"), _find("nginx", Path("/usr/sbin/nginx")))


def _find(name: str, otherwise: Path) -> str:
    found = shutil.which(name) or (str(otherwise) if otherwise.exists() else None)
    if found is None:
        raise MissingToolError(f"{name} is not on PATH: `make demo` installs it, or install it from your system's packages")
    return found
