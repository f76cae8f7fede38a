"""What a worker is asked: the requests as values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from contract.prefer import Prefer
from contract.token import HEADER as TOKEN
from contract.token import NONE

Task = Mapping[str, object]

DEFAULT_TASK: Task = {
    "method": "userrecaptcha",
    "sitekey": "6Le-wvkSAAAAAPBMRTvw0Q4Muexq9bi0DJwx_mJ-",
    "pageurl": "https://www.google.com/recaptcha/api2/demo",
}
"""A public demonstration page, which every account may have solved."""

LARGE = 2 * 1024 * 1024
"""Bytes of a body that no task has."""

LONG_WAIT = 20
"""Seconds a wait asks for, as the gateway's do."""


class Ask(StrEnum):
    """What was asked, as the report names it."""

    HEALTH = "GET /health"
    HEALTH_OTHER = "GET /health of the other worker"
    HEALTH_HELD = "GET /health while a task is held"
    READY = "GET /ready"
    READY_HELD = "GET /ready while a task is held"
    NO_PATH = "GET of an unknown path"
    NOT_JSON = "POST /solve of no JSON"
    NO_FIELDS = "POST /solve without the fields of the method"
    NO_METHOD = "POST /solve of an unknown method"
    TOO_LARGE = "POST /solve of 2 MiB"
    UNTRUSTED = "POST /solve without the token"
    SOLVE_ASYNC = "POST /solve with Prefer: respond-async, wait=0"
    SOLVE = "POST /solve"
    SOLVE_FULL = "POST /solve at capacity"
    WAIT = "GET of the location"
    WAIT_AGAIN = "GET of the location of a solved task"
    WAIT_OTHER = "GET of the location at the other worker"
    WAIT_FULL = "GET of the location at capacity"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` with its query."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


HEALTH = Request("GET", "/health")
READY = Request("GET", "/ready")
NO_PATH = Request("GET", "/nearway-check/no-such-path")
UNTRUSTED = Request("POST", "/solve", {"Content-Type": "application/json", TOKEN: NONE}, b"no JSON")
"""Refused for its token, or else for its body."""


def wrong_bodies(task: Task) -> Mapping[Ask, Request]:
    """Requests that must be refused. None has a task's fields, so that a worker which looks at nothing has nothing to submit."""
    method = {"method": task["method"]} if "method" in task else {}
    return {
        Ask.NOT_JSON: _post(b"no JSON"),
        Ask.NO_FIELDS: _post(json.dumps(method).encode()),
        Ask.NO_METHOD: _post(b'{"method": "nearway-check-no-such-method"}'),
        Ask.TOO_LARGE: _post(json.dumps({**method, "padding": "x" * LARGE}).encode()),
    }


def solve(task: Task) -> Request:
    """A task, by a client that knows no `Prefer`."""
    return _post(json.dumps(dict(task)).encode())


def solve_async(task: Task) -> Request:
    """A task, by a client that takes a location."""
    return _post(json.dumps(dict(task)).encode(), {"Prefer": str(Prefer(respond_async=True, wait=0))})


def wait(location: str, seconds: float) -> Request:
    """A wait for a task that is paid for."""
    return Request("GET", location, {"Prefer": str(Prefer(wait=seconds))})


def _post(body: bytes, headers: Mapping[str, str] | None = None) -> Request:
    return Request("POST", "/solve", {"Content-Type": "application/json", **(headers or {})}, body)
