"""A span: one piece of work in a trace, after its end.

Pure. What a span is, in general and in attributes: OpenTelemetry's specification of traces.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["server", "client", "internal"]

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Span:
    """`trace`, `id` and `parent` in hexadecimal, times in seconds since 1970; `error` says what was wrong, if something was."""

    name: str
    trace: str
    id: str
    parent: str | None
    begun: float
    ended: float
    kind: Kind = "internal"
    attributes: Mapping[str, Value] = field(default_factory=dict)
    error: str | None = None
