"""The spans of one request about a task: the request itself, and in it each call to the API.

Pure.
"""

from collections.abc import Iterator, Mapping

from contract.spans import Span, Value
from contract.trace import Trace
from worker.telling import About

FAILED = ("lost", "notsent", "unreadable")


def spans_of(name: str, trace: Trace, about: About, now: float, said: Mapping[str, Value], error: str | None) -> Iterator[Span]:
    """All of them; `now`, its end, in seconds since 1970."""
    attributes = {f"nearway.{key}": value for key, value in said.items()}
    yield Span(name, trace.id, trace.span, trace.parent, about.begun, now, "server", attributes, error)
    for number, call in enumerate(about.calls):
        failed = call.outcome if call.outcome in FAILED else None
        outcome: dict[str, Value] = {"nearway.outcome": call.outcome}
        times = call.begun, call.ended
        yield Span(f"API {call.name}", trace.id, trace.child(number), trace.span, *times, "client", outcome, failed)
