"""The spans of a task that has ended: the task itself, and in it each stage: queue, each attempt, the wait.

Pure.
"""

from collections.abc import Iterator
from itertools import chain, repeat

from contract.spans import Kind, Span, Value
from contract.trace import Trace
from gateway.ending import LONGEST_TEXT, End
from gateway.errand import Errand
from gateway.trail import Attempt

NAMES = {"queue": "queue", "submit": "attempt", "solve": "wait"}


def spans_of(errand: Errand, end: End, epoch: float) -> Iterator[Span]:
    """All of them; none of a task without a trace. `epoch` is when the gateway's clock was 0, in seconds since 1970."""
    trace, timing = errand.task.trace, errand.timing
    if trace is None:
        return
    begun, ended = epoch + timing.begun, epoch + timing.begun + timing.whole
    error = None if end.outcome == "solved" else end.error or end.outcome
    yield Span("task", trace.id, trace.span, trace.parent, begun, ended, "server", _of_task(errand, end), error)
    yield from _stages(errand, trace, epoch)


def _stages(errand: Errand, trace: Trace, epoch: float) -> Iterator[Span]:
    attempts = chain(errand.trail.attempts, repeat(None))
    for number, stage in enumerate(errand.timing.stages, start=1):
        attempt = next(attempts) if stage.name == "submit" else None
        told: dict[str, Value] = _of_attempt(attempt) if attempt else {}
        if stage.name == "solve":
            told = {"nearway.region": errand.at, "nearway.moves": len(errand.trail.moves)}
        failed = attempt.detail if attempt and attempt.outcome in ("unsent", "unknown") else None
        kind: Kind = "internal" if stage.name == "queue" else "client"
        times = epoch + stage.begun, epoch + stage.ended
        yield Span(NAMES[stage.name], trace.id, trace.child(number), trace.span, *times, kind, told, failed)


def _of_task(errand: Errand, end: End) -> dict[str, Value]:
    told = {
        "nearway.task": errand.task.id,
        "nearway.request": errand.task.request_id,
        "nearway.tenant": errand.task.tenant.name or None,
        "nearway.region": errand.at,
        "nearway.worker": errand.worker,
        "nearway.outcome": end.outcome,
        "nearway.submitted": end.submitted.value,
        "http.request.method": "POST",
        "url.path": "/solve",
        "http.response.status_code": end.status,
        "error.type": end.error,
    }
    return {name: value for name, value in told.items() if value is not None}


def _of_attempt(attempt: Attempt) -> dict[str, Value]:
    return {
        "nearway.region": attempt.region,
        "nearway.outcome": attempt.outcome.value,
        "nearway.why": attempt.why[:LONGEST_TEXT],
        "nearway.detail": attempt.detail[:LONGEST_TEXT],
    }
