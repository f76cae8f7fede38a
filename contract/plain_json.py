"""JSON that every reader reads alike. What two could take differently is refused where money depends on it.

The gateway decides by a task's members (who may send it, whether it is the same as another) and a worker, in whatever language,
pays by them; so both must see the same. The rules are those of I-JSON (RFC 7493 §2): UTF-8, no member twice, no text that is no
Unicode, no number without a value. Pure.
"""

import json
import math
import re
from typing import NoReturn

MOST_PARTS = 100_000
"""Braces, brackets and commas: each costs a reader some hundred nanoseconds and bytes, whatever the length of the whole."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class NotPlainError(ValueError):
    """The text says why, as the end of a sentence that begins with what was read."""


def read(body: bytes) -> object:
    """The value. NotPlainError when it is not JSON, or none that has one reading."""
    if sum(map(body.count, (b"{", b"[", b","))) > MOST_PARTS:
        raise NotPlainError(f"has over {MOST_PARTS} braces, brackets and commas")
    try:
        parsed = json.loads(body.decode(), object_pairs_hook=_each_once, parse_constant=_no_number, parse_float=_finite)
        if _SURROGATE.search(body):
            json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise NotPlainError("is not UTF-8") from None
    except UnicodeEncodeError:
        raise NotPlainError("has half of a surrogate pair in a text, which is no character") from None
    except RecursionError:
        raise NotPlainError("is nested too deep") from None
    except NotPlainError:
        raise
    except ValueError as error:
        raise NotPlainError(f"is not JSON ({error})") from None
    return parsed


def _each_once(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) < len(members):
        raise NotPlainError("has a member twice in one object")
    return found


def _no_number(word: str) -> NoReturn:
    raise NotPlainError(f"has {word}, which JSON does not have")


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise NotPlainError("has a number too large for any reader")
    return number
