"""What changed between two pictures, as a JSON merge patch (RFC 7396): only members that differ, null for those that are gone.

Pure. A picture is objects within objects, without a null and without arrays that are changed in part.
"""

from collections.abc import Mapping
from typing import Any

Picture = Mapping[str, Any]


def difference(before: Picture, after: Picture) -> dict[str, Any]:
    """The patch that makes `after` of `before`; empty when they are equal."""
    patch: dict[str, Any] = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name)
        if old is value or old == value:
            continue
        patch[name] = difference(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return patch


def merged(target: Picture, patch: Picture) -> dict[str, Any]:
    """`target` with a patch applied, as RFC 7396 §2 says. The page does the same."""
    made = dict(target)
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        elif isinstance(value, Mapping):
            old = made.get(name)
            made[name] = merged(old if isinstance(old, Mapping) else {}, value)
        else:
            made[name] = value
    return made
