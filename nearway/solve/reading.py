"""Tasks from JSON lines (https://jsonlines.org) or CSV (RFC 4180) with a header, as they come.

Pure. A line that is no task is told as such, and the next one read all the same.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from nearway.solve.item import Item, Unreadable

FORMATS = ("jsonl", "csv")

SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}

CHUNK = 65536
LONGEST_CELL = 16 * 1024 * 1024
"""Bytes. An image as base64 is longer than what the csv module takes without a word."""

UTF_8_MARK = "\ufeff"


class HeaderError(ValueError):
    """The first line of a CSV file names no columns; the text says what is wrong."""


def lines(read: Callable[[int], bytes | None]) -> Iterator[str]:
    """Lines with their ends. Bytes that are no UTF-8 are in them as halves of surrogate pairs."""
    rest = b""
    while chunk := read(CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (f"{_text(one)}\n" for one in whole)
    if rest:
        yield _text(rest)


def items(given: Iterable[str], form: str, id_name: str) -> Iterator[Item | Unreadable]:
    """The tasks in these lines. `id_name` is the member that is no part of a task, but its name. HeaderError for a CSV file's."""
    return _csv(given, id_name) if form == "csv" else _json(given, id_name)


def _json(given: Iterable[str], id_name: str) -> Iterator[Item | Unreadable]:
    for number, line in enumerate(given, 1):
        text = line.removeprefix(UTF_8_MARK).strip() if number == 1 else line.strip()
        if text:
            yield _of_json(number, text, id_name)


def _of_json(number: int, text: str, id_name: str) -> Item | Unreadable:
    try:
        text.encode()
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(found).encode()
    except UnicodeEncodeError:
        return Unreadable(number, "it is not UTF-8")
    except RecursionError:
        return Unreadable(number, "it is nested too deep")
    except json.JSONDecodeError as error:
        return Unreadable(number, f"it is not JSON: {error.msg} (column {error.colno})")
    except ValueError as error:
        return Unreadable(number, str(error))
    if not isinstance(found, dict):
        return Unreadable(number, "a task is a JSON object")
    return _item(number, found, id_name)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member is there twice")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number in JSON")


def _csv(given: Iterable[str], id_name: str) -> Iterator[Item | Unreadable]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(given, strict=True)
    try:
        names = _header(next(reader, []))
    except csv.Error as error:
        raise HeaderError(f"line 1 is no CSV: {error}") from None
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unreadable(number, f"it is no CSV: {error}")
            continue
        if cells:
            yield _of_cells(number, names, cells, id_name)


def _header(cells: Sequence[str]) -> list[str]:
    names = [one.strip() for one in cells]
    names[:1] = [one.removeprefix(UTF_8_MARK).strip() for one in names[:1]]
    if not names or not all(names) or len({*names}) < len(names):
        raise HeaderError("line 1 is to name the columns, like method,sitekey,pageurl: each one, and once")
    return names


def _of_cells(number: int, names: Sequence[str], cells: Sequence[str], id_name: str) -> Item | Unreadable:
    if len(cells) != len(names):
        return Unreadable(number, f"it has {len(cells)} columns, and the first line {len(names)}")
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return Unreadable(number, "it is not UTF-8")
    return _item(number, {name: cell for name, cell in zip(names, cells, strict=True) if cell}, id_name)


def _item(number: int, found: dict[str, Any], id_name: str) -> Item | Unreadable:
    own = found.pop(id_name, None)
    if isinstance(own, dict | list):
        return Unreadable(number, f"{id_name} is a text or a number")
    return Item(number, found, own) if found else Unreadable(number, "there is nothing in it but its name")


def _text(line: bytes) -> str:
    return line.decode(errors="surrogateescape")
