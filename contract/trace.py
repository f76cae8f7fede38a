"""`traceparent` (W3C Trace Context): which trace a request belongs to, and who in it asked.

Pure. Whoever asks may write what it likes there: it is read strictly, stands in logs and spans, and decides nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

HEADER = "Traceparent"
STATE = "Tracestate"
RESPONSE = "Traceresponse"
"""What a client is told of its trace (W3C, Trace Context Response)."""

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[\x21-\x7e]*)?")
_STATE = re.compile(r"[\x20-\x7e]{1,512}")
_STEP, _MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1
"""An odd number: its multiples up to 2^64 are all different."""


@dataclass(frozen=True, slots=True)
class Trace:
    """In lower-case hexadecimal: the trace's id, our own span's in it, and the caller's span's; None when nobody named one.

    `sampled` is whether somebody before, or we, keep the trace.
    """

    id: str
    span: str
    parent: str | None = None
    sampled: bool = False
    state: str | None = None

    def child(self, number: int) -> str:
        """The id of our span's child of that number."""
        return f"{(int(self.span, 16) + (number + 1) * _STEP) & _MASK:016x}"

    def fields(self, span: str) -> dict[str, str]:
        """The header fields for somebody asked from within that span."""
        fields = {HEADER: self._text(span)}
        return {**fields, STATE: self.state} if self.state else fields

    def response(self) -> str:
        """What the caller is told: the trace, and our span in it."""
        return self._text(self.span)

    def _text(self, span: str) -> str:
        return f"00-{self.id}-{span}-{'01' if self.sampled else '00'}"


def trace_of(headers: Mapping[str, str], made_id: str, made_span: str, *, kept: bool = False) -> Trace:
    """The trace that header fields (names in lower case) tell of; else one of the id that was made. Our span is `made_span`.

    `kept` is whether we keep it, whatever the caller does.
    """
    found = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    if found is None or not _is_meant(*found.groups()):
        return Trace(made_id, made_span, sampled=kept)
    state = headers.get("tracestate", "")
    _, trace, parent, flags, _ = found.groups()
    return Trace(trace, made_span, parent, kept or bool(int(flags, 16) & 1), state if _STATE.fullmatch(state) else None)


def _is_meant(version: str, trace: str, parent: str, _: str, more: str | None) -> bool:
    # Version ff is none, 00 has four parts, later ones may have more; ids of zeros are none.
    return version != "ff" and (more is None or version != "00") and trace.strip("0") != "" and parent.strip("0") != ""
