"""Making evidence for the rules."""

import json
from collections.abc import Mapping

from nearway.check_worker.ask import Ask
from nearway.check_worker.exchange import Answer, Evidence, Fault, Lost
from nearway.check_worker.seen import Seen

CLOSED = Lost(Fault.CLOSED, 0.1)
SLOW = Lost(Fault.SLOW, 5.0)


def answer(
    status: int = 200,
    body: object = None,
    media_type: str = "application/json",
    seconds: float = 0.01,
    **headers: str,
) -> Answer:
    """An answer; `body` as JSON unless it is bytes; `task_submitted="no"` makes a header."""
    content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    return Answer(status, {"content-type": media_type, **_fields(headers)}, content, seconds)


def problem(status: int, error: str = "BAD_REQUEST", **headers: str) -> Answer:
    """A problem document."""
    body = json.dumps({"error": error}).encode()
    return Answer(status, {"content-type": "application/problem+json", **_fields(headers)}, body, 0.01)


def solved(text: str = "s", **headers: str) -> Answer:
    """200 with a solution."""
    body = json.dumps({"solution": text}).encode()
    return Answer(200, {"content-type": "application/json", **_fields(headers)}, body, 0.01)


def accepted(location: str = "/tasks/1?a=b") -> Answer:
    """202 with a location."""
    return answer(202, {}, location=location, task_submitted="yes")


def health(active: int = 0, slots: int = 20, seconds: float = 0.01, **members: object) -> Answer:
    """A good `/health`, or with other members."""
    return answer(
        200, {"status": "healthy", "active_tasks": active, "max_concurrent": slots, "load_pct": 0, **members}, seconds=seconds
    )


def seen(*exchanges: tuple[Ask, Evidence]) -> Seen:
    """All that was seen."""
    return Seen(exchanges)


def _fields(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
