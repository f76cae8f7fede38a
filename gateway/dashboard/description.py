"""The dashboard's part of the gateway's description: its events and the setting of dials for programs, its pages for people.

Pure.
"""

from contract.openapi import Answer, Json, Operation, Parameter

_HTML = "text/html; charset=utf-8"
_TEXT: Json = {"type": "string"}
_NAME: Json = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"}
_TO_SIGN_IN = Answer(303, "To the form that asks for a key: a browser came without a session.", _TEXT, {"Location": _TEXT}, _HTML)

SEEN = (
    Operation(
        ("GET",),
        "/events",
        "The picture of the dashboard, and all that changes in it, as it happens",
        "Server-sent events (WHATWG HTML §9.2) without an end: docs/dashboard.md says what is in them.",
        answers=(Answer(200, "The events.", _TEXT, content_type="text/event-stream; charset=utf-8"),),
        codes=("TOO_MANY_WATCHERS",),
        parameters=(
            Parameter("Last-Event-ID", "header", "The last event that was had: only what came after it is told."),
            Parameter("last", "query", "The same, for who can't send the field."),
        ),
    ),
    Operation(
        ("GET",),
        "/dashboard",
        "A page for people, with a map",
        answers=(Answer(200, "The page.", _TEXT, content_type=_HTML), _TO_SIGN_IN),
        parameters=(
            Parameter("open", "query", "A region whose workers are shown."),
            *(Parameter(name, "query", "Of the tasks shown.") for name in ("task", "tenant", "region", "outcome")),
        ),
    ),
    Operation(
        ("GET",),
        "/dashboard/tasks",
        "The last tasks that ended, with their trails",
        answers=(
            Answer(
                200,
                "The newest come first.",
                {
                    "type": "object",
                    "required": ["tasks", "from"],
                    "properties": {
                        "from": {**_TEXT, "description": "Where they are from, in words."},
                        "tasks": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": [
                                    "task", "tenant", "region", "outcome", "money", "at", "seconds", "waited", "trail",
                                ],
                            },
                        },
                    },
                },
            ),
        ),
        parameters=(
            Parameter("task", "query", "Its id, or the beginning of it."),
            Parameter("tenant", "query", "Whose it is."),
            Parameter("region", "query", "The region that had it last."),
            Parameter("outcome", "query", "`solved`, `unsolved`, `failed`, `left` or an error's code."),
        ),
    ),
    Operation(("GET",), "/dashboard/session", "Whether a session counts", answers=(Answer(204, "It does."),)),
)  # fmt: skip

DIAL = Operation(
    ("PUT",),
    "/regions/{region}/dial",
    "Set a region's dial",
    "As `nearway dial` does: written in every datacenter that answers, followed by every gateway at once.",
    answers=(
        Answer(
            200,
            "It is set, at least in the datacenters in `written`.",
            {
                "type": "object",
                "required": ["region", "dial", "by", "why", "written", "not_written"],
                "properties": {
                    "dial": {"type": "number", "minimum": 0, "maximum": 1},
                    "written": {"type": "array", "items": _TEXT},
                    "not_written": {"type": "object", "description": "The reason, by datacenter."},
                },
            },
        ),
    ),
    codes=("NOT_FOUND", "UNSUPPORTED_MEDIA_TYPE", "CONSUL_UNAVAILABLE"),
    parameters=(Parameter("region", "path", "Its name.", _NAME, "eu-west"),),
    body={
        "type": "object",
        "required": ["dial"],
        "properties": {
            "dial": {"type": "number", "minimum": 0, "maximum": 1, "description": "The share of its slots; 0 drains it."},
            "why": {"type": "string", "maxLength": 200, "description": "For whoever looks at it later."},
        },
    },
    example={"dial": 0.3, "why": "its nginx is slow"},
)

OPEN = (
    Operation(
        ("GET",),
        "/dashboard/sign-in",
        "The form that asks for a key",
        answers=(Answer(200, "The form.", _TEXT, content_type=_HTML),),
        keyless=True,
        codes=("CERTIFICATE_REQUIRED",),
    ),
    Operation(
        ("POST",),
        "/dashboard/sign-in",
        "Begin a session, by a browser's form with a tenant's `key`",
        answers=(
            Answer(303, "It has begun: to the page, with a cookie.", _TEXT, {"Location": _TEXT, "Set-Cookie": _TEXT}, _HTML),
            Answer(403, "The key is not known, or its tenant may not look.", _TEXT, content_type=_HTML),
            Answer(429, "Too many wrong keys came from there.", _TEXT, {"Retry-After": _TEXT}, _HTML),
        ),
        keyless=True,
        codes=("CERTIFICATE_REQUIRED", "FORBIDDEN"),
        takes_anything=True,
    ),
    Operation(
        ("POST",),
        "/dashboard/sign-out",
        "End a session, by a browser's form",
        answers=(Answer(303, "It has ended.", _TEXT, {"Location": _TEXT, "Set-Cookie": _TEXT}, _HTML),),
        keyless=True,
        codes=("CERTIFICATE_REQUIRED", "FORBIDDEN"),
        takes_anything=True,
    ),
    Operation(
        ("GET",),
        "/dashboard/assets/{name}",
        "A file of the page's",
        answers=(
            Answer(200, "The file.", _TEXT, {"ETag": _TEXT}, "text/javascript; charset=utf-8"),
            Answer(304, "It is as it was."),
        ),
        keyless=True,
        codes=("CERTIFICATE_REQUIRED", "NOT_FOUND"),
        parameters=(Parameter("name", "path", "Its name.", _TEXT, "main.js"),),
    ),
)
