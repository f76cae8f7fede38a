"""Spans on their way to a collector of traces (OTLP over HTTP), where one is configured; without one nothing of it is loaded.

Configured by OpenTelemetry's own variables. Spans are queued and sent in batches by a thread of its own; when the collector is
away or slow they are dropped, and no task waits.
"""

import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from contract import __version__
from contract.settings import SettingsError
from contract.spans import Span

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
SPOKEN = "http/protobuf"

LAST_BATCH = 3.0
"""Seconds at the end of the program for what is still queued."""


def is_configured(environ: Mapping[str, str]) -> bool:
    """Whether spans are to be sent anywhere."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or environ.get("OTEL_TRACES_EXPORTER", "") == "none":
        return False
    return any(environ.get(name) for name in ENDPOINTS)


def exporter(environ: Mapping[str, str], program: str) -> "Exporter | None":
    """What sends a program's spans; None where nothing is configured. SettingsError says what to do where it can't."""
    if not is_configured(environ):
        return None
    given = next((environ[name] for name in ENDPOINTS if environ.get(name)), "")
    protocol = next((environ[name] for name in PROTOCOLS if environ.get(name)), SPOKEN)
    if protocol != SPOKEN:
        raise SettingsError(f"{PROTOCOLS[1]} is {protocol}, and only {SPOKEN} is spoken here: set it to that, or leave it out")
    if not given.startswith(("http://", "https://")):
        raise SettingsError(f"{ENDPOINTS[1]} is no URL: set it to one like http://127.0.0.1:4318, or leave it out")
    try:
        return Exporter(program, named="OTEL_SERVICE_NAME" in environ)
    except ImportError as error:
        raise SettingsError(
            f"{ENDPOINTS[1]} is set, and OpenTelemetry is not installed ({error.name}): "
            "install it with pip install 'nearway[otel]', or leave the variable out"
        ) from None


class Exporter:
    """Made once, before the event loop; used from any thread. `named`: the environment names the service."""

    def __init__(self, program: str, *, named: bool = False) -> None:
        from opentelemetry import trace as api
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope

        own = {"service.version": __version__} if named else {"service.version": __version__, "service.name": program}
        self._resource = Resource.create(own)
        self._scope = InstrumentationScope("nearway", __version__)
        self._api, self._made = api, ReadableSpan
        self._queue = BatchSpanProcessor(OTLPSpanExporter())
        self._kinds = {
            "server": api.SpanKind.SERVER,
            "client": api.SpanKind.CLIENT,
            "internal": api.SpanKind.INTERNAL,
        }

    def export(self, spans: Iterable[Span]) -> None:
        """Queue them. Returns at once."""
        for span in spans:
            self._queue.on_end(self._readable(span))

    def close(self) -> None:
        """Send what is queued, if that goes quickly."""
        last = threading.Thread(target=self._queue.shutdown, daemon=True)
        last.start()
        last.join(LAST_BATCH)

    def _readable(self, span: Span) -> Any:
        status = self._api.StatusCode.UNSET if span.error is None else self._api.StatusCode.ERROR
        return self._made(
            span.name,
            context=self._context(span.trace, span.id, is_remote=False),
            parent=None if span.parent is None else self._context(span.trace, span.parent, is_remote=span.kind == "server"),
            resource=self._resource,
            attributes=dict(span.attributes),
            kind=self._kinds[span.kind],
            status=self._api.Status(status, span.error),
            start_time=int(span.begun * 1e9),
            end_time=int(span.ended * 1e9),
            instrumentation_scope=self._scope,
        )

    def _context(self, trace: str, span: str, *, is_remote: bool) -> "SpanContext":
        flags = self._api.TraceFlags(self._api.TraceFlags.SAMPLED)
        return self._api.SpanContext(int(trace, 16), int(span, 16), is_remote, flags)
