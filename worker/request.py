"""What a request says of time: until when its answer is wanted, and whether an unfinished one will do."""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.deadline import parse_deadline
from contract.prefer import parse_prefer


@dataclass(frozen=True, slots=True)
class Wish:
    """In seconds from the request's arrival: `deadline` for the task as a whole, `wait` for the answer.

    `resumable`: a client that takes a location instead, and asks there.
    """

    deadline: float
    wait: float
    resumable: bool


def wish_of_task(headers: Mapping[str, str]) -> Wish:
    """Of `POST /solve`. ValueError says which header is wrong.

    `respond-async` without `wait` wants an answer as soon as the task is accepted; `wait` without `respond-async` is as long as
    the client stays, so that it bounds the task.
    """
    deadline = parse_deadline(headers.get("nearway-deadline"))
    prefer = parse_prefer(headers.get("prefer"))
    if prefer.respond_async:
        return Wish(deadline, min(prefer.wait or 0.0, deadline), True)
    held = min(prefer.wait or deadline, deadline)
    return Wish(held, held, False)


def wish_of_wait(headers: Mapping[str, str]) -> Wish:
    """Of a `GET` of a location. ValueError says which header is wrong."""
    deadline = parse_deadline(headers.get("nearway-deadline"))
    return Wish(deadline, min(parse_prefer(headers.get("prefer")).wait or 0.0, deadline), True)
