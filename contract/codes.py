"""Every error code of ours, with what it means for money and what the caller should do.

The codes of the solving API itself (`ERROR_…`) are in `worker/codes.py`; they travel in the same member.
"""

from dataclasses import dataclass

from contract.submitted import Submitted

NO, YES, UNKNOWN = Submitted


@dataclass(frozen=True, slots=True)
class Code:
    """One row of the table: HTTP status, what is known of the money, what happened, what to do."""

    name: str
    status: int
    submitted: Submitted
    title: str
    advice: str


_ROWS = (
    # Said by any part about the request itself.
    Code("BAD_REQUEST", 400, NO, "The request is not understood", "Mend what `detail` names, then send it again."),
    Code(
        "UNAUTHORIZED",
        401,
        NO,
        "The request has no key of a tenant's",
        "Send `Authorization: Bearer KEY` with a key the operator gave you.",
    ),
    Code("UNKNOWN_METHOD", 400, NO, "No such solving method", "Use one of the methods that `detail` lists."),
    Code(
        "CERTIFICATE_REQUIRED",
        403,
        NO,
        "The request came without a client certificate that is trusted here",
        "Show one of a CA that the part asked trusts: docs/tls.md says where it is set.",
    ),
    Code(
        "FORBIDDEN",
        403,
        NO,
        "The key's tenant may not do this",
        "Use a key of a tenant with a role that `detail` names.",
    ),
    Code(
        "CALLBACK_REFUSED",
        400,
        NO,
        "The end of the task can't be sent where `Nearway-Callback` says",
        "Mend what `detail` names; docs/callbacks.md says what may be called.",
    ),
    Code(
        "TOKEN_REQUIRED",
        401,
        NO,
        "The request came without a token that is accepted here",
        "Nothing a client can mend: the operator sets REGION_TOKEN and WORKER_TOKEN as docs/security.md says.",
    ),
    Code(
        "HOST_FORBIDDEN",
        403,
        NO,
        "The task names a page whose host its tenant's tasks may not name",
        "Write the page's address plainly, like `https://example.com/login`; ask the operator to allow the host.",
    ),
    Code("NOT_FOUND", 404, NO, "No such path", "Look at `/docs` or the README for the paths there are."),
    Code(
        "METHOD_NOT_ALLOWED",
        405,
        NO,
        "The path does not take this HTTP method",
        "Use a method the `Allow` header names.",
    ),
    Code("REQUEST_TIMEOUT", 408, NO, "The request did not arrive whole in time", "Send it again, without pauses."),
    Code("BODY_TOO_LARGE", 413, NO, "The body is over the limit", "Send less than the limit that `detail` names."),
    Code("UNSUPPORTED_MEDIA_TYPE", 415, NO, "The body is not JSON", "Send `Content-Type: application/json`."),
    Code("HEADERS_TOO_LARGE", 431, NO, "The header is over the limit", "Send fewer or shorter header fields."),
    Code(
        "INTERNAL_ERROR",
        500,
        UNKNOWN,
        "A fault of ours",
        "Report it with the time and the task's id; do not send the task again.",
    ),
    Code(
        "TOO_MANY_CONNECTIONS",
        503,
        NO,
        "As many connections are open as may be",
        "Try again after `Retry-After`, on fewer connections.",
    ),
    Code(
        "NO_ROOM",
        503,
        NO,
        "There is no memory for the body now",
        "Try again after `Retry-After`, with fewer large bodies at once.",
    ),
    # Said by a worker. 503 is kept for "not begun": nginx moves on only then.
    Code(
        "WORKER_AT_CAPACITY",
        503,
        NO,
        "Every slot of the worker is taken",
        "Try another worker, or this one after `Retry-After`.",
    ),
    Code("WORKER_DRAINING", 503, NO, "The worker is leaving", "Try another worker."),
    Code(
        "SOLVER_BUSY",
        503,
        NO,
        "The solving API had no free thread in time",
        "Try again after `Retry-After`, or buy more threads.",
    ),
    Code(
        "SOLVER_PAUSED",
        503,
        NO,
        "The solving API refused the account, so nothing is sent to it for a while",
        "Look at `detail`: mend the key or the plan; it is tried again after `Retry-After`.",
    ),
    Code(
        "SOLVER_UNREACHABLE",
        500,
        NO,
        "The solving API could not be reached, so nothing was sent",
        "Send the task again later; look at the worker's network.",
    ),
    Code(
        "SUBMISSION_UNKNOWN",
        500,
        UNKNOWN,
        "The task was sent and no telling answer came",
        "It may be paid for. Send it again only if paying twice is better than not having it.",
    ),
    Code(
        "TIMEOUT",
        500,
        YES,
        "No solution within the task's time",
        "Ask for it at `Location` for a while; it is paid for.",
    ),
    # Said by a region's nginx.
    Code("REGION_EMPTY", 503, NO, "The region has no worker", "Try another region."),
    Code(
        "REGION_FULL",
        503,
        NO,
        "Every worker tried was full or gone",
        "Try another region, or this one after `Retry-After`.",
    ),
    Code(
        "REGION_UNREACHABLE",
        502,
        NO,
        "No worker of the region could be reached, so nothing was sent",
        "Try another region.",
    ),
    Code(
        "WORKER_TOKEN_REFUSED",
        502,
        NO,
        "The region's workers refuse the token of its endpoint, so nothing was begun",
        "Try another region; the operator gives renderer and workers the same WORKER_TOKEN.",
    ),
    Code(
        "WORKER_LOST",
        502,
        UNKNOWN,
        "The worker saw the request and gave no whole answer",
        "It may be paid for; do not send it again blindly.",
    ),
    # Said by the gateway.
    Code("NO_REGION", 503, NO, "No healthy region is known", "Try again after `Retry-After`; look at `/regions`."),
    Code(
        "NO_FREE_SLOT",
        503,
        NO,
        "Regions and queue are full",
        "Try again after `Retry-After`, or start more workers.",
    ),
    Code(
        "RATE_LIMITED",
        429,
        NO,
        "The tenant's tasks come faster than they may",
        "Send it again after `Retry-After`; `RateLimit` says how many may come now.",
    ),
    Code(
        "DAILY_LIMIT",
        429,
        NO,
        "The tenant has had all the submissions of the day (UTC)",
        "Send it again after `Retry-After`, tomorrow, or ask the operator for more.",
    ),
    Code(
        "TENANT_QUEUE_FULL",
        429,
        NO,
        "As many of the tenant's tasks wait for a slot as may",
        "Send it again after `Retry-After`.",
    ),
    Code(
        "TASK_UNKNOWN",
        404,
        UNKNOWN,
        "No task is known at this location",
        "Use the `Location` as it was given, with the same tenant's key, at a gateway with the same `TASKS_KEY`.",
    ),
    Code(
        "TASK_DROPPED",
        410,
        NO,
        "The task was not done, and will not be",
        "Nothing was spent: send it again.",
    ),
    Code(
        "ANSWER_FORGOTTEN",
        410,
        UNKNOWN,
        "The task is over, and its answer is not kept any longer",
        "Ask sooner; `detail` says how it ended, and `Task-Submitted` whether it was paid for.",
    ),
    Code(
        "GATEWAY_LEFT",
        504,
        YES,
        "The gateway had to leave before the answer came",
        "The task is paid for: ask for it at `Location`, at any gateway.",
    ),
    Code(
        "IDEMPOTENCY_KEY_REUSED",
        422,
        NO,
        "The key is that of another task",
        "Send another `Idempotency-Key` with another body; the same only to have the same task.",
    ),
    Code(
        "TASK_ELSEWHERE",
        409,
        UNKNOWN,
        "Another gateway carries the task of this key, and no region has accepted it yet",
        "Send it again after `Retry-After` with the same key, to that gateway or any.",
    ),
    Code(
        "LEDGER_UNAVAILABLE",
        503,
        NO,
        "The task can't be recorded, so nothing was sent",
        "Try again after `Retry-After`, or at another gateway.",
    ),
    Code(
        "TOO_MANY_WATCHERS",
        503,
        NO,
        "As many watch `/events` as may",
        "Try again after `Retry-After`; close dashboards that nobody looks at.",
    ),
    Code(
        "CONSUL_UNAVAILABLE",
        503,
        NO,
        "No Consul took what was to be written",
        "Look at `detail`: mend the way to Consul or the token's rights, then try again.",
    ),
    Code("DRAINING", 503, NO, "The gateway is leaving", "Use another gateway, or try again after `Retry-After`."),
    Code(
        "DEADLINE_EXCEEDED",
        504,
        YES,
        "The task's time ran out before its answer",
        "Look at `Task-Submitted`: `no`, send it again; `yes`, it is paid for, and its `captcha_id` is in the body.",
    ),
)

CODES = {row.name: row for row in _ROWS}
