"""What descriptions of our APIs are made of (OpenAPI 3.1), from the same tables as the answers themselves.

Pure. An operation is a row; its answers are its own, and a problem for each of its error codes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contract import __version__
from contract.codes import CODES, Code
from contract.looks import LOOKS
from contract.problem import CONTENT_TYPE
from contract.submitted import HEADER, Submitted

Json = dict[str, Any]

JSON = "application/json"

EDGE = (
    "BAD_REQUEST",
    "REQUEST_TIMEOUT",
    "BODY_TOO_LARGE",
    "HEADERS_TOO_LARGE",
    "INTERNAL_ERROR",
    "TOO_MANY_CONNECTIONS",
    "NO_ROOM",
)
"""Codes that any request may be answered with, by `guard.py`, `door.py` and `serving.py`."""

NOWHERE = ("NOT_FOUND", "METHOD_NOT_ALLOWED")
"""Codes of paths and methods that there are not, which no operation has."""

KEY = "tenant"
"""The security scheme of whoever needs a key."""

_A_PROBLEM: Json = {"$ref": "#/components/schemas/Problem"}

_OF_STATUS = {"Allow": 405, "WWW-Authenticate": 401}
"""Fields of one status only."""

_HEADERS: Mapping[str, Json] = {
    "Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "Allow": {"description": "The methods that the path takes.", "schema": {"type": "string"}},
    "WWW-Authenticate": {
        "description": "How to show a key (RFC 6750), or a token.",
        "schema": {"type": "string"},
    },
}


_FOLLOWED: Mapping[str, Json] = {
    "X-Request-ID": {"description": "By which the request is found in every log.", "schema": {"type": "string"}},
    "Traceresponse": {"description": "The request's trace (W3C, Trace Context).", "schema": {"type": "string"}},
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A header field, or a part of path or query; `place` is `header`, `path` or `query`."""

    name: str
    place: str
    text: str
    schema: Json = field(default_factory=lambda: {"type": "string"})
    example: object = None
    required: bool = False

    def described(self) -> Json:
        """The Parameter Object."""
        told: Json = {"name": self.name, "in": self.place, "description": self.text, "schema": self.schema}
        shown = {} if self.example is None else {"example": self.example}
        return told | shown | ({"required": True} if self.required or self.place == "path" else {})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no problem. `headers` are schemas by name; `schema` is of the body, None where it has none."""

    status: int
    text: str
    schema: Json | None = None
    headers: Mapping[str, Json] = field(default_factory=dict)
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Theirs:
    """Codes that somebody else's problems have: a schema, and a text for people."""

    schema: Json
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One path and what it takes.

    `codes` are those of its problems beside `EDGE`, `statuses` where one has another status than its row says. `theirs` are
    problems with codes that are in no list of ours, by status (or `4XX`, `5XX` for all of these): what is known of them.
    What is keyless is open to everybody. What takes anything has bodies, and answers of any kind, that nobody here knows.
    """

    methods: tuple[str, ...]
    path: str
    title: str
    text: str = ""
    answers: tuple[Answer, ...] = ()
    codes: tuple[str, ...] = ()
    statuses: Mapping[str, int] = field(default_factory=dict)
    theirs: Mapping[str, Theirs] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    body: Json | None = None
    example: object = None
    keyless: bool = False
    takes_anything: bool = False


_ITSELF = (
    Operation(
        LOOKS,
        "/openapi.json",
        "This description, as OpenAPI 3.1",
        answers=(Answer(200, "The description.", {"type": "object", "required": ["openapi", "info", "paths"]}),),
    ),
    Operation(
        LOOKS,
        "/docs",
        "This description, as a page",
        answers=(Answer(200, "The page.", {"type": "string"}, content_type="text/html; charset=utf-8"),),
    ),
)
"""What every program tells of itself, by `describing.py`."""


def describe(
    title: str, text: str, operations: Iterable[Operation], *, keyed: bool = False, guarded: tuple[str, ...] = ()
) -> Json:
    """The description, of itself too.

    Of those operations that are not keyless, `keyed` says whether they need a tenant's key, and `guarded` are further codes.
    """
    paths: Json = {}
    for one in (*operations, *_ITSELF):
        codes = EDGE + one.codes + (() if one.keyless else guarded)
        for method in one.methods:
            made = _operation(one, method, codes)
            paths.setdefault(one.path, {})[method.lower()] = made | {"security": [{KEY: []}] if keyed and not one.keyless else []}
    schemes = {"securitySchemes": _SCHEMES} if keyed else {}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": __version__, "description": text},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": {"Problem": _PROBLEM}, **schemes},
    }


_PROBLEM: Json = {
    "description": "An error (RFC 9457). `error` is its code; further members may tell more.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "error"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:nearway:error:"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "error": {"type": "string"},
        "task": {"type": "string", "description": "The task's id."},
        "trail": {"type": "array", "items": {"type": "string"}, "description": "What was tried, and why it went so."},
        "captcha_id": {"type": "string", "description": "The id of what is paid for."},
    },
}

_SCHEMES: Json = {KEY: {"type": "http", "scheme": "bearer", "description": "A key of a tenant's, as the operator gave it."}}


def _operation(one: Operation, method: str, codes: Iterable[str]) -> Json:
    told: Json = {"operationId": _identity(method, one.path), "summary": one.title, "description": one.text or one.title}
    if one.parameters:
        told["parameters"] = [parameter.described() for parameter in one.parameters]
    if one.body is not None and method not in ("GET", "HEAD", "OPTIONS"):
        shown = {} if one.example is None else {"example": one.example}
        told["requestBody"] = {"required": True, "content": {JSON: {"schema": one.body, **shown}}}
    responses = _responses(one, method, dict.fromkeys(codes))
    if one.takes_anything:
        responses["default"] = {"description": "Whatever answers it."}
        told |= {"requestBody": {"content": {"*/*": {"schema": {}}}}} if method in ("POST", "PATCH") else {}
    return told | {"responses": responses}


def _identity(method: str, path: str) -> str:
    return "_".join([method.lower(), *re.findall(r"\w+", path)])


def _responses(one: Operation, method: str, codes: Iterable[str]) -> Json:
    rows: dict[str, list[Code]] = {status: [] for status in one.theirs}
    for code in codes:
        rows.setdefault(str(one.statuses.get(code, CODES[code].status)), []).append(CODES[code])
    made = {status: _problems(of_it, _theirs(one, status)) for status, of_it in rows.items()}
    for answer in one.answers:
        _add(made.setdefault(str(answer.status), {"description": "", "headers": {}, "content": {}}), answer)
    for response in made.values():
        response["headers"] = {**response["headers"], **_FOLLOWED}
    if method == "HEAD":  # RFC 9110 §9.3.2: no content
        for response in made.values():
            response.pop("content", None)
    return dict(sorted(made.items()))


def _theirs(one: Operation, status: str) -> Theirs | None:
    return one.theirs.get(status) or one.theirs.get(f"{status[0]}XX")


def _add(response: Json, answer: Answer) -> None:
    response["description"] = " ".join(filter(None, (answer.text, response["description"])))
    # A field of the answer need not be in a problem of the same status.
    response["headers"] = {name: {**told, "required": False} for name, told in response["headers"].items()}
    only = {"required": not response["content"]}
    response["headers"] |= {name: {"schema": schema, **only} for name, schema in answer.headers.items()}
    if answer.schema is not None:
        response["content"][answer.content_type] = {"schema": answer.schema}


def _problems(rows: list[Code], theirs: Theirs | None) -> Json:
    # Who may not ask is told nothing of a task, and that somebody may have paid for it.
    hushed = [Submitted.UNKNOWN] if any(row.name in ("CERTIFICATE_REQUIRED", "TOKEN_REQUIRED") for row in rows) else []
    said = Submitted if theirs else dict.fromkeys([*(row.submitted for row in rows), *hushed])
    ours: Json = {"enum": [row.name for row in rows]}
    error = {"anyOf": [ours, theirs.schema]} if theirs and rows else theirs.schema if theirs else ours
    told = [f"`{row.name}`: {row.title}. {row.advice}" for row in rows] + ([theirs.text] if theirs else [])
    headers = {HEADER: {"description": "Whether the task is paid for.", "required": True, "schema": {"enum": list(said)}}}
    names = {name for row in rows for name in _HEADERS if row.status == _OF_STATUS.get(name, row.status)}
    return {
        "description": "\n\n".join(told),
        "headers": headers | {name: told for name, told in _HEADERS.items() if name in names},
        "content": {CONTENT_TYPE: {"schema": {"allOf": [_A_PROBLEM, {"properties": {"error": error}}]}}},
    }
