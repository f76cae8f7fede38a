"""The gateway's description of its API: a row for each of its routes, from the tables that decide what it answers.

Pure. What a task holds is the worker's business, whose description says it.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

from contract import deadline, exposition
from contract.looks import LOOKS
from contract.openapi import Answer, Json, Operation, Parameter, Theirs, describe
from contract.submitted import HEADER, Submitted
from gateway import keys
from gateway.callbacks import target
from gateway.config import RouteRow
from gateway.dashboard import description as dashboard
from gateway.ledger.record import State
from gateway.roles import Configured, Right, Role, may

_TEXT: Json = {"type": "string"}
_WORD: Json = {"type": "string", "minLength": 1}
_NUMBER: Json = {"type": "number"}
_PAID: Json = {"const": Submitted.YES.value}
_PAID_OR_YET_TO_BE: Json = {"enum": [Submitted.YES.value, Submitted.UNKNOWN.value]}
_WAIT = Parameter(
    "Prefer",
    "header",
    "`wait=N`: seconds to wait for the answer (RFC 7240).",
    {"type": "string", "pattern": "^wait=[0-9]{1,9}$"},
    "wait=20",
)
_REGION = Parameter("Nearway-Region", "header", "A region that is preferred; the others follow by their distance from it.", _TEXT)
_REQUEST_ID = Parameter("X-Request-ID", "header", "Passed on to region and worker, into every log, and back.", _TEXT)

_STATE: Json = {"enum": [State.WAITING.value, State.SUBMITTING.value, State.ACCEPTED.value]}

_PASSED_ON = Theirs(_TEXT, "An error that the worker told, passed on with its own code: the worker's description lists them.")

_SOLVE = Operation(
    ("POST",),
    "/solve",
    "Have a task done",
    "The task goes to the nearest healthy region with a free slot, and is answered when it is done. It is submitted once, and "
    f"`{HEADER}` says of every error whether it was. What a body may hold is told by the workers, at their own `/docs`.",
    answers=(
        Answer(
            200,
            "It is done: the worker's own answer.",
            {"type": "object", "properties": {"solution": {}, "captcha_id": _TEXT}},
            {HEADER: _PAID, "Nearway-Region": _WORD, "Nearway-Task": _WORD},
        ),
        Answer(
            202,
            "It is accepted and paid for, or it is recorded and waits for a slot: ask for the answer at `Location`. "
            "Only for `Prefer: respond-async`.",
            {
                "type": "object",
                "required": ["task", "state"],
                "properties": {"task": _WORD, "state": _STATE, "captcha_id": _TEXT},
            },
            {
                HEADER: _PAID_OR_YET_TO_BE,
                "Location": {"type": "string", "pattern": "^/tasks/"},
                "Nearway-Region": _WORD,
                "Nearway-Task": _WORD,
            },
        ),
    ),
    codes=(
        "UNSUPPORTED_MEDIA_TYPE",
        "CALLBACK_REFUSED",
        "HOST_FORBIDDEN",
        "RATE_LIMITED",
        "DAILY_LIMIT",
        "TENANT_QUEUE_FULL",
        "NO_REGION",
        "NO_FREE_SLOT",
        "SUBMISSION_UNKNOWN",
        "DEADLINE_EXCEEDED",
        "GATEWAY_LEFT",
        "DRAINING",
        "IDEMPOTENCY_KEY_REUSED",
        "TASK_ELSEWHERE",
        "LEDGER_UNAVAILABLE",
    ),
    statuses={"SUBMISSION_UNKNOWN": 502},
    theirs={"4XX": _PASSED_ON, "5XX": _PASSED_ON},
    parameters=(
        _REGION,
        Parameter(
            deadline.HEADER,
            "header",
            f"Seconds the task may take, {deadline.LONGEST_TASK} at most and without it.",
            {"type": "string", "pattern": f"^{deadline.PATTERN}$"},
            "90",
        ),
        Parameter(
            "Prefer",
            "header",
            "`respond-async, wait=N`: the answer if it comes within N seconds, else `202` and a `Location` (RFC 7240).",
            {"type": "string", "pattern": "^respond-async(, wait=[0-9]{1,9})?$"},
        ),
        Parameter(
            keys.HEADER,
            "header",
            "The same key with the same task, sent again, means the same task: it is submitted once. Needs a ledger.",
            {"type": "string", "pattern": f"^{keys.QUOTED}$"},
        ),
        Parameter(
            target.HEADER,
            "header",
            "A URL that the end of the task is POSTed to, signed: docs/callbacks.md says what comes there. Needs a ledger.",
            {"type": "string", "pattern": "^https://", "maxLength": target.LONGEST},
        ),
        _REQUEST_ID,
    ),
    body={"type": "object", "description": "The task: its `method`, and what that needs.", "properties": {"method": _TEXT}},
    example={"method": "userrecaptcha", "sitekey": "6Le-wvkSAAAAAPBMRTvw0Q4Muexq9bi0DJwx_mJ-", "pageurl": "https://example.com/"},
)

_TASK = Operation(
    ("GET",),
    "/tasks/{location}",
    "Ask for the answer of a task",
    "Use the `Location` as it was given, with all of its query. It may be asked again and again, at any gateway with the same "
    "`TASKS_KEY`. Or use `/tasks/` and the task's id, as `Nearway-Task` told it, at any gateway over the same ledger.",
    answers=(
        Answer(200, "It is done: the worker's own answer.", {"type": "object"}, {HEADER: _PAID}),
        Answer(
            202,
            "It is not done yet: ask again.",
            {"type": "object", "required": ["task", "state"], "properties": {"task": _WORD, "state": _STATE}},
            {HEADER: _PAID_OR_YET_TO_BE, "Location": _WORD},
        ),
    ),
    codes=(
        "TASK_UNKNOWN",
        "TASK_DROPPED",
        "ANSWER_FORGOTTEN",
        "SUBMISSION_UNKNOWN",
        "DEADLINE_EXCEEDED",
        "GATEWAY_LEFT",
        "LEDGER_UNAVAILABLE",
    ),
    statuses={"SUBMISSION_UNKNOWN": 502},
    theirs={"4XX": _PASSED_ON, "5XX": _PASSED_ON},
    parameters=(
        Parameter("location", "path", "As in the `Location`, or the task's id.", _WORD, "0c7f4cbe0a5d4c0bb4b7e3a54f0b5d0e"),
        Parameter("task", "query", "As in the `Location`.", _WORD),
        Parameter("seal", "query", "As in the `Location`.", _WORD),
        _WAIT,
        _REQUEST_ID,
    ),
)

_WHAT_IS_SEEN = (
    Operation(
        ("GET",),
        "/regions",
        "All that this gateway knows of regions and workers",
        "Each member's meaning is in docs/regions.md.",
        answers=(
            Answer(
                200,
                "The view.",
                {
                    "type": "object",
                    "required": ["version", "regions", "waiting", "rejected", "datacenters"],
                    "properties": {
                        "version": _WORD,
                        "regions": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["name", "takes_tasks", "why_not", "slots", "in_flight", "endpoints", "workers"],
                                "properties": {
                                    "name": _WORD,
                                    "takes_tasks": {"type": "boolean"},
                                    "why_not": {"type": ["string", "null"]},
                                    "slots": {"type": "integer", "minimum": 0},
                                    "in_flight": {"type": "integer", "minimum": 0},
                                },
                            },
                        },
                        "waiting": {"type": "integer", "minimum": 0, "description": "Tasks that wait for a slot."},
                        "tenants": {
                            "type": "object",
                            "description": "What each tenant uses and may use; where there are tenants.",
                        },
                        "rejected": {"type": "array", "items": {"type": "object", "required": ["id", "reason"]}},
                        "datacenters": {"type": "array", "items": {"type": "object", "required": ["name", "services", "dials"]}},
                    },
                },
            ),
        ),
    ),
    Operation(
        ("GET",),
        "/explain",
        "Where a client's task would go now, and why",
        "By the functions that decide. No task is made.",
        answers=(
            Answer(
                200,
                "Region by region, nearest first.",
                {
                    "type": "object",
                    "required": ["ip", "places", "goes_to", "why", "then", "regions"],
                    "properties": {
                        "ip": {**_WORD, "description": "The client's address."},
                        "places": {"type": "array", "description": "Where that is; the first that applies has made the order."},
                        "goes_to": {"type": ["string", "null"], "description": "The region."},
                        "why": _TEXT,
                        "then": _TEXT,
                        "regions": {
                            "type": "array",
                            "items": {"type": "object", "required": ["region", "takes_tasks", "why_not"]},
                        },
                    },
                },
            ),
        ),
        parameters=(
            Parameter("ip", "query", "The client's address; without it, that of who asks.", _TEXT, "203.0.113.7"),
            Parameter("region", "query", "A region that the client prefers.", _TEXT),
        ),
    ),
    Operation(
        ("GET",),
        "/metrics",
        "Metrics, for Prometheus",
        answers=(Answer(200, "All of them.", _TEXT, content_type=exposition.CONTENT_TYPE),),
    ),
)

_LOOKS = (
    Operation(
        LOOKS,
        "/health",
        "Whether the program lives",
        answers=(
            Answer(
                200,
                "It does.",
                {
                    "type": "object",
                    "required": ["status", "tasks_in_flight"],
                    "properties": {"status": {"const": "healthy"}, "tasks_in_flight": {"type": "integer", "minimum": 0}},
                },
            ),
        ),
        keyless=True,
    ),
    Operation(
        LOOKS,
        "/ready",
        "Whether tasks should be sent here",
        answers=(
            Answer(200, "They should.", {"type": "object", "properties": {"status": {"const": "ready"}}}),
            Answer(503, "They should not: `status` says why.", {"type": "object", "properties": {"status": _WORD}}),
        ),
        keyless=True,
    ),
)


def describe_gateway(routes: Iterable[RouteRow], *, keyed: bool, certified: bool) -> Json:
    """The description of a gateway with these routes. `keyed`: it has tenants; `certified`: it asks for client certificates."""
    tasks = [_for(Right.SEND_TASKS, one) for one in (_SOLVE, _TASK, *(one for row in routes for one in _passed(row)))]
    seen = [_for(Right.READ, one) for one in (*_WHAT_IS_SEEN, *dashboard.SEEN)]
    dial = _for(Right.SET_DIALS, dashboard.DIAL)
    text = (
        "A gateway for work that is slow, scarce and paid for. Every error is a problem (RFC 9457) with its code in `error`, and "
        f"says in `{HEADER}` whether the task is paid for: `no` (it may be sent again), `yes` (it must not) or `unknown`.\n\n"
        "A path there is not is `404 NOT_FOUND`, a method a path does not take `405 METHOD_NOT_ALLOWED`."
    )
    guarded = ("FORBIDDEN", *(("UNAUTHORIZED",) if keyed else ()), *(("CERTIFICATE_REQUIRED",) if certified else ()))
    return describe("Nearway gateway", text, (*tasks, *seen, dial, *_LOOKS, *dashboard.OPEN), keyed=keyed, guarded=guarded)


def _for(right: Right, one: Operation) -> Operation:
    """With a word on who may use it."""
    roles = " or ".join(f"`{role}`" for role in get_args(Configured) if may(Role(role), right))
    return replace(one, text=f"{one.text}\n\nWhere there are tenants: for those of the role {roles}.".strip())


def _passed(row: RouteRow) -> tuple[Operation, Operation]:
    """A route's own path, and those below it."""
    own = Operation(
        row.methods,
        row.path,
        "Passed on to a worker of the nearest healthy region",
        "What it takes and answers is the worker's business; answers come piece by piece, as the worker gives them.",
        codes=("NO_REGION", "WORKER_LOST", "DRAINING"),
        theirs={"4XX": _PASSED_ON, "5XX": _PASSED_ON},
        takes_anything=True,
    )
    return own, replace(own, path=f"{row.path}{{path}}", parameters=(Parameter("path", "path", "What is below it.", _WORD, "x"),))
