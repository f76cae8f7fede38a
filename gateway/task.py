"""A task as the gateway carries it."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract import plain_json
from contract.deadline import parse_deadline
from contract.problem import ProblemError, problem
from contract.trace import Trace
from gateway.callbacks.target import Target
from gateway.place import Address, Place
from gateway.tenants import EVERYBODY, Tenant


@dataclass(frozen=True, slots=True)
class Key:
    """A client's `Idempotency-Key`, and what tells its task from another (`keys.fingerprint`)."""

    name: str
    fingerprint: str


@dataclass(slots=True)
class Task:
    """One piece of work. `deadline` is a time of the gateway's clock (seconds).

    The first of `places` that applies is where its client is.
    `hold_until` (the same clock) is when its client would rather have a location than wait on; None if it takes none.
    `client_left` may become true at any time; while `waits_for_slot`, the task can then be dropped without a loss.
    Its end is POSTed to `callback`; such a task is wanted when its client has left, too.
    """

    id: str
    request_id: str
    body: bytes
    client: Address
    deadline: float
    places: tuple[Place, ...] = ()
    tenant: Tenant = EVERYBODY
    key: Key | None = None
    callback: Target | None = None
    hold_until: float | None = None
    trace: Trace | None = None
    waits_for_slot: bool = False
    client_left: bool = False


def check_body(body: bytes) -> bytes:
    """`body` if it is a JSON object; what is in it is the worker's business. ProblemError says what is wrong."""
    try:
        parsed = plain_json.read(body)
    except plain_json.NotPlainError as error:
        raise ProblemError(problem("BAD_REQUEST", f"The body {error}: send a JSON object")) from None
    if not isinstance(parsed, dict):
        raise ProblemError(problem("BAD_REQUEST", 'The body is JSON but no object: send {"method": …, …}'))
    return body


def check_content_type(fields: Sequence[str]) -> None:
    """ProblemError (415) for a body that is said to be something else; a page in a browser can send only such by itself."""
    if any(field.partition(";")[0].strip().lower() != "application/json" for field in fields):
        raise ProblemError(problem("UNSUPPORTED_MEDIA_TYPE", "A task is a JSON object: send Content-Type: application/json"))


def seconds_left(header: str | None) -> float:
    """The time a client gives its task; ProblemError when it is none."""
    try:
        return parse_deadline(header)
    except ValueError as error:
        raise ProblemError(problem("BAD_REQUEST", str(error))) from None
