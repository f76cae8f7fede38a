"""The worker's description of its API: a row for each of its routes, from the tables that decide what it answers.

Pure.
"""

from contract import deadline, exposition
from contract.looks import LOOKS
from contract.openapi import Answer, Json, Operation, Parameter, Theirs, describe
from contract.submitted import HEADER, Submitted
from worker import codes, reply
from worker.load import State
from worker.methods import KINDS
from worker.task import LARGEST_BODY, LARGEST_IMAGE_BODY
from worker.task_schema import task_schema

_TEXT: Json = {"type": "string"}
_PAID: Json = {HEADER: {"const": Submitted.YES.value}, "Cache-Control": {"const": "no-store"}}
_ID: Json = {"type": "string", "pattern": f"^{reply.ID.pattern}$", "description": "The task's id at the solving API."}

_SOLVED = Answer(
    200,
    "It is solved.",
    {
        "type": "object",
        "required": ["solution", "captcha_id", "solved_at"],
        "properties": {
            "solution": {"description": "As the API gave it."},
            "captcha_id": _ID,
            "solved_at": {"type": "number", "description": "Unix seconds."},
            "expires_at": {
                "type": "number",
                "description": "Unix seconds; not there where a solution does not run out by itself.",
            },
            "user_agent": {"description": "The browser that it was solved with, where it matters."},
        },
    },
    _PAID,
)
_ACCEPTED = Answer(
    202,
    "It is accepted and paid for, and not solved yet: ask at `Location`, at any worker.",
    {"type": "object", "required": ["captcha_id"], "properties": {"captcha_id": _ID}},
    {**_PAID, "Location": {"type": "string", "pattern": "^/tasks/"}},
)


def _theirs() -> dict[str, Theirs]:
    rows: dict[str, list[str]] = {}
    for code in codes.CODES.values():
        rows.setdefault(str(code.status), []).append(f"`{code.name}`: {code.title}. {code.advice}")
    schema = {"type": "string", "pattern": f"^(?:{reply.CODE.pattern})$"}
    return {status: Theirs(schema, "\n\n".join(["The solving API's own:", *told])) for status, told in rows.items()}


_THEIRS = _theirs()

_BUSY = ("WORKER_AT_CAPACITY", "WORKER_DRAINING", "SOLVER_BUSY", "SOLVER_PAUSED")

_SOLVE = Operation(
    ("POST",),
    "/solve",
    "Have a task solved",
    f"It is submitted to the solving API once. A body may have {LARGEST_BODY} bytes, with images {LARGEST_IMAGE_BODY}.",
    answers=(_SOLVED, _ACCEPTED),
    codes=("UNSUPPORTED_MEDIA_TYPE", "UNKNOWN_METHOD", *_BUSY, "SOLVER_UNREACHABLE", "SUBMISSION_UNKNOWN", "TIMEOUT"),
    theirs=_THEIRS,
    parameters=(
        Parameter(
            "Prefer",
            "header",
            "`wait=N`: seconds to wait for the solution; `respond-async, wait=N`: then `202` with a `Location` (RFC 7240).",
            {"type": "string", "pattern": "^(respond-async, )?wait=[0-9]{1,9}$"},
            "respond-async, wait=0",
        ),
        Parameter(
            deadline.HEADER,
            "header",
            f"Seconds the task may take, {deadline.LONGEST_TASK} at most and without it.",
            {"type": "string", "pattern": f"^{deadline.PATTERN}$"},
        ),
    ),
    body=task_schema(),
    example={"method": "userrecaptcha", "sitekey": "6Le-wvkSAAAAAPBMRTvw0Q4Muexq9bi0DJwx_mJ-", "pageurl": "https://example.com/"},
)

_TASK = Operation(
    ("GET",),
    "/tasks/{captcha_id}",
    "Wait for the solution of a task",
    "Use the `Location` as it was given. Any worker of any region answers it, again and again.",
    answers=(_SOLVED, _ACCEPTED),
    theirs=_THEIRS,
    parameters=(
        Parameter("captcha_id", "path", "The task's id at the solving API.", _ID, "1000000001"),
        Parameter("kind", "query", "What kind of task it is.", {"enum": list(KINDS)}, "recaptcha_v2", required=True),
        Parameter(
            "submitted",
            "query",
            "When it was submitted, in Unix seconds.",
            {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,6})?$"},
            "1767225600.000",
            required=True,
        ),
        Parameter("at", "query", "Which worker keeps the task's slot: a hint for nginx.", _TEXT),
        Parameter(
            "Prefer",
            "header",
            "`wait=N`: seconds to wait for the solution (RFC 7240).",
            {"type": "string", "pattern": "^wait=[0-9]{1,9}$"},
            "wait=20",
        ),
        Parameter(
            deadline.HEADER,
            "header",
            "Seconds the wait may take at most.",
            {"type": "string", "pattern": f"^{deadline.PATTERN}$"},
        ),
    ),
)

_LOAD: Json = {
    "type": "object",
    "required": ["status", "active_tasks", "max_concurrent", "load_pct"],
    "properties": {
        "status": {"enum": [state.value for state in State]},
        "active_tasks": {"type": "integer", "minimum": 0, "description": "Requests that are held."},
        "max_concurrent": {"type": "integer", "minimum": 1, "description": "Slots."},
        "load_pct": {"type": "number", "minimum": 0},
        "reason": {"type": "string", "description": "The API's code, while the worker is paused."},
    },
}
_STATE: Json = {"enum": [f"{state.value}\n" for state in State]}
_PLAIN = "text/plain; charset=utf-8"

_LOOKS = (
    Operation(
        LOOKS,
        "/health",
        "How busy the worker is, for people and balancers",
        answers=(Answer(200, "It takes tasks.", _LOAD), Answer(503, "It wants no more, and says why.", _LOAD)),
        keyless=True,
    ),
    Operation(
        LOOKS,
        "/ready",
        "Whether tasks should be sent here, for Consul",
        answers=(
            Answer(200, "They should.", _STATE, content_type=_PLAIN),
            Answer(429, "Rather not: it is overloaded.", _STATE, content_type=_PLAIN),
            Answer(503, "They should not.", _STATE, content_type=_PLAIN),
        ),
        keyless=True,
    ),
    Operation(
        ("GET",),
        "/metrics",
        "Metrics, for Prometheus",
        answers=(Answer(200, "All of them.", _TEXT, content_type=exposition.CONTENT_TYPE),),
    ),
)


def describe_worker(*, certified: bool = False, tokened: bool = False) -> Json:
    """The description. `certified`: it asks for client certificates; `tokened`: for a token."""
    text = (
        "Hands tasks to the solving API and waits for their solutions. Every error is a problem (RFC 9457) with its code "
        f"in `error`, and says in `{HEADER}` whether the task is paid for: `no` (it may be sent again), `yes` (it must not) or "
        "`unknown`.\n\n"
        "A path there is not is `404 NOT_FOUND`, a method a path does not take `405 METHOD_NOT_ALLOWED`."
    )
    guarded = (*(("CERTIFICATE_REQUIRED",) if certified else ()), *(("TOKEN_REQUIRED",) if tokened else ()))
    return describe("Nearway worker", text, (_SOLVE, _TASK, *_LOOKS), guarded=guarded)
