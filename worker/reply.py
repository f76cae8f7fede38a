"""What `in.php` and `res.php` answered, as a value.

A reply is JSON, or else `OK|…`, or else a bare code, whatever was asked for; anything else is `Unreadable`, which proves
nothing. An id may be a number or text, `status` too. The body decides, not the HTTP status, for codes come with 200.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

CODE = re.compile(r"ERROR_[A-Z0-9_]{1,60}|ERROR: ?[0-9]{1,6}|IP_BANNED|MAX_USER_TURN|TOO_MANY_BAD_IMAGES")
ID = re.compile(r"[0-9]{1,40}")
NOT_READY = frozenset({"CAPCHA_NOT_READY", "CAPTCHA_NOT_READY"})
TOO_MANY_REQUESTS = 429
SERVER_FAILED = 500
_SERVER_TROUBLE = frozenset({"ERROR_SERVER_ERROR", "ERROR_INTERNAL_SERVER_ERROR"})
UNNAMED = "ERROR_UNNAMED"
"""Our name for a refusal that names no code, as when the API sends the address of an article."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The task is the API's now, and paid for. `id` is digits."""

    id: str


@dataclass(frozen=True, slots=True)
class NotReady:
    """The task is known and not solved yet."""


@dataclass(frozen=True, slots=True)
class Solved:
    """The solution, untouched: text, number, list or object. `extra` holds what goes with it, `user_agent` above all."""

    solution: object = field(repr=False)
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The API said no. `text` is its own explanation, which may hold anything."""

    code: str
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer that is no answer; `why` describes it without repeating it."""

    why: str


Submission = Accepted | Refused | Unreadable
Poll = NotReady | Solved | Refused | Unreadable


def parse_submission(status: int, body: bytes) -> Submission:
    """The reply of `in.php`."""
    got = _submission(status, _read(body))
    # Refusals come with HTTP 200; a server that failed on the way may have taken the task before it did.
    if isinstance(got, Refused) and got.code in _SERVER_TROUBLE and status >= SERVER_FAILED:
        return Unreadable(f"HTTP {status} with {got.code}")
    return got


def _submission(status: int, read: dict[str, object] | str | None) -> Submission:
    if isinstance(read, dict) and _is_status(read, 1):
        found = _id(read.get("request"))
        return Accepted(found) if found else Unreadable("accepted, with an id that is none")
    if isinstance(read, dict) and _is_status(read, 0):
        return _refusal(read) or Unreadable("refused, without a reason")
    if isinstance(read, str) and read.startswith("OK|") and ID.fullmatch(read[3:]):
        return Accepted(read[3:])
    return _bare(read) or _by_status(status)


def parse_poll(status: int, body: bytes) -> Poll:
    """The reply of `res.php` to `action=get`."""
    read = _read(body)
    if isinstance(read, dict):
        return _poll_object(read) or _by_status(status)
    if isinstance(read, str) and read in NOT_READY:
        return NotReady()
    if isinstance(read, str) and read.startswith("OK|") and read[3:]:
        return Solved(read[3:])
    return _bare(read) or _by_status(status)


def read_object(body: bytes) -> dict[str, object] | str | None:
    """A reply as a JSON object, or else as text; None when it is neither."""
    return _read(body)


def _poll_object(read: Mapping[str, object]) -> Poll | None:
    said = read.get("request")
    if isinstance(said, str) and said.strip() in NOT_READY and (_is_status(read, 0) or not read.get("result")):
        return NotReady()
    if _is_status(read, 0):
        named = _refusal(read)
        # Looking again costs nothing, so only a code ends a task that is paid for.
        return None if named is None or named.code == UNNAMED else named
    solution = _solution(read)
    if not _is_status(read, 1) or solution is None:
        return None
    if isinstance(solution, str) and CODE.fullmatch(solution.strip()):
        return Refused(_code(solution), _text(read))
    return Solved(solution, _extra(read))


def _solution(read: Mapping[str, object]) -> object:
    # Enterprise and challenge kinds answer in `result`; zero is a number and a solution.
    for name in ("result", "request"):
        value = read.get(name)
        if value is not None and value is not False and value not in ("", [], {}):
            return value
    return None


def _extra(read: Mapping[str, object]) -> dict[str, object]:
    agent = next((read[name] for name in ("user_agent", "useragent", "userAgent") if read.get(name)), None)
    found = {"user_agent": agent, "cookies": read.get("cookies"), "price": read.get("price")}
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _refusal(read: Mapping[str, object]) -> Refused | None:
    said = read.get("request")
    if not isinstance(said, str) or not said.strip():
        return None
    if CODE.fullmatch(said.strip()):
        return Refused(_code(said), _text(read))
    return Refused(UNNAMED, said)


def _bare(read: object) -> Refused | None:
    return Refused(_code(read)) if isinstance(read, str) and CODE.fullmatch(read) else None


def _by_status(status: int) -> Refused | Unreadable:
    if status == TOO_MANY_REQUESTS:
        return Refused("ERROR_TOO_MUCH_REQUESTS")
    return Unreadable(f"HTTP {status} with a body that is no answer")


def _code(text: str) -> str:
    return re.sub(r"^ERROR: ?", "ERROR: ", text.strip())


def _text(read: Mapping[str, object]) -> str | None:
    said = read.get("error_text")
    return said if isinstance(said, str) and said else None


def _id(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    # A number of more digits than an id has may be one that str() refuses.
    text = str(value) if isinstance(value, str) or abs(value) < 10**40 else ""
    return text if ID.fullmatch(text) else None


def _is_status(read: Mapping[str, object], wanted: int) -> bool:
    status = read.get("status")
    return not isinstance(status, bool) and status in (wanted, str(wanted))


def _read(body: bytes) -> dict[str, object] | str | None:
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return None
    try:
        parsed = json.loads(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        return text
    return parsed if isinstance(parsed, dict) else text


def _finite(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError("no JSON can carry it on")
    return float(text)
