"""Changing the tenants in the text of a policy file, and nothing else in it: not a comment, not a space.

Pure. What a changed text says is compared with what it should say, so that no way of writing TOML is misread in silence.
"""

import copy
import json
import tomllib
from collections.abc import Mapping
from typing import Any

from gateway.tenant.toml import Token, keys_of


class EditError(Exception):
    """It can't be done; the text says why and what to do."""


def with_tenant(text: str, row: Mapping[str, object]) -> str:
    """With one more tenant, at the end."""
    lines = ["[[tenant]]", *(f"{name} = {_value(value)}" for name, value in row.items())]
    gap = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
    after = _said(text)
    after.setdefault("tenant", []).append(json.loads(json.dumps(row)))
    return _checked(text + gap + "\n".join(lines) + "\n", after)


def with_key(text: str, name: str, hashed: str) -> str:
    """With one more key of a tenant's."""
    after, number = _said(text), _number(text, name)
    after["tenant"][number].setdefault("keys", []).append(hashed)
    return _checked(_insert(text, _array(text, number, name), f'"{hashed}"'), after)


def without_key(text: str, name: str, hashed: str) -> str:
    """Without one of a tenant's keys; it may be its last."""
    after, number = _said(text), _number(text, name)
    keys = after["tenant"][number]["keys"]
    after["tenant"][number]["keys"] = [key for key in keys if key.lower() != hashed]
    array = _array(text, number, name)
    (token,) = (token for token in array if token.text[1:-1].lower() == hashed)
    return _checked(_remove(text, array, token), after)


def _said(text: str) -> dict[str, Any]:
    return copy.deepcopy(tomllib.loads(text))


def _number(text: str, name: str) -> int:
    names = [row.get("name") for row in _said(text).get("tenant", [])]
    if name not in names:
        raise EditError(f"there is no tenant {name}; there are: {', '.join(map(str, names)) or 'none'}")
    return names.index(name)


def _array(text: str, number: int, name: str) -> list[Token]:
    array = keys_of(text, number)
    if array is None:
        raise EditError(f"the keys of {name} are not written as keys = [ … ] below [[tenant]]: change them by hand")
    return array


def _checked(text: str, after: Mapping[str, Any]) -> str:
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        said = {}
    if said != after:
        raise EditError("the file writes its tenants in a way that is not understood here: change it by hand")
    return text


def _insert(text: str, array: list[Token], value: str) -> str:
    *inner, closing = array[1:]
    said = [token for token in inner if token.is_said]
    comma = "," if said and said[-1].text != "," else ""
    begin_of_last = text.rfind("\n", 0, closing.start) + 1
    if begin_of_last > array[0].start and not text[begin_of_last : closing.start].strip():
        # A row of its own; the last one keeps the comment that stands behind it.
        at = said[-1].end if said else begin_of_last
        row = f"{_indent(text, said)}{value},\n"
        return text[:at] + comma + text[at:begin_of_last] + row + text[begin_of_last:]
    space = " " if said else ""
    return text[: closing.start].rstrip(" ") + comma + space + value + text[closing.start :]


def _indent(text: str, said: list[Token]) -> str:
    if not said:
        return "    "
    line = text[text.rfind("\n", 0, said[0].start) + 1 : said[0].start]
    return line if not line.strip() else "    "


def _remove(text: str, array: list[Token], token: Token) -> str:
    said = [one for one in array if one.is_said]
    place = said.index(token)
    start, end = token.start, token.end
    if said[place + 1].text == ",":
        end = said[place + 1].end
        end += len(text[end:]) - len(text[end:].lstrip(" "))
    elif said[place - 1].text == ",":
        start = said[place - 1].start
    begin, stop = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    rest = (text[begin:start] + text[end:stop]).strip()
    if begin > array[0].start and stop != -1 and (not rest or rest.startswith("#")):
        start, end = begin, stop + 1
    return text[:start] + text[end:]


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)
