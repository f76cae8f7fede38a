"""Reading a gateway's JSON, of which an older or a newer gateway may have less or more: what is not there is None.

Pure.
"""

from collections.abc import Iterator
from typing import Any


class ReadingError(ValueError):
    """The answer is of another shape than a gateway's."""


def rows_of(body: Any, name: str) -> list[dict[str, Any]]:
    """The objects in a member that every gateway has had. ReadingError when there is no such list."""
    if not isinstance(body, dict) or not isinstance(body.get(name), list):
        raise ReadingError(f"it has no list {name!r}")
    return list(objects(body.get(name)))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list; none where there is no list."""
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def object_in(value: Any) -> dict[str, Any]:
    """An object; an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def objects_in(value: Any) -> dict[str, dict[str, Any]]:
    """The objects that are members of an object."""
    return {name: one for name, one in object_in(value).items() if isinstance(one, dict)}


def text(value: Any) -> str | None:
    """A text that is not empty."""
    return value if isinstance(value, str) and value else None


def number(value: Any) -> float | None:
    """A number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def count(value: Any) -> int | None:
    """A whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
