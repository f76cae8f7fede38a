"""A task as the gateway carries it."""

import json
import re
from dataclasses import dataclass

from contract.problem import ProblemError, problem
from contract.serving import LONGEST_TASK
from gateway.place import Address


@dataclass(slots=True)
class Task:
    """One piece of work. `deadline` is a time of the gateway's clock (seconds); `client_left` may become true at any time."""

    id: str
    request_id: str
    body: bytes
    client: Address
    deadline: float
    preference: str | None = None
    client_left: bool = False


def check_body(body: bytes) -> bytes:
    """`body` if it is a JSON object; what is in it is the worker's business. ProblemError says what is wrong."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProblemError(problem("BAD_REQUEST", f"The body is no JSON ({error}): send a JSON object")) from None
    if not isinstance(parsed, dict):
        raise ProblemError(problem("BAD_REQUEST", 'The body is JSON but no object: send {"method": …, …}'))
    return body


def seconds_left(header: str | None) -> float:
    """The time a client gives its task (`Nearway-Deadline`, decimal seconds); the longest there is when it says nothing."""
    if header is None:
        return LONGEST_TASK
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", header) or float(header) == 0:
        raise ProblemError(problem("BAD_REQUEST", f"Nearway-Deadline is not a number of seconds from 0 to {LONGEST_TASK}"))
    return min(float(header), LONGEST_TASK)


def request_id(header: str | None, otherwise: str) -> str:
    """The client's `X-Request-ID` when it is one that can stand in any log line; else `otherwise`."""
    return header if header and re.fullmatch(r"[A-Za-z0-9._:@/+=-]{1,128}", header) else otherwise
