"""The spans of a task, as a collector of traces gets them from gateway and worker (OTLP over HTTP)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.integration.consul_lab import eventually
from tests.system.whole import Plan, whole

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

pytestmark = pytest.mark.timeout(120)


class Collector:
    """What was sent: the spans, each with its service."""

    server: BaseTestServer

    def __init__(self) -> None:
        self.spans: list[tuple[str, Any]] = []

    async def take(self, request: web.Request) -> web.Response:
        sent = ExportTraceServiceRequest.FromString(await request.read())
        for one in sent.resource_spans:
            (service,) = [pair.value.string_value for pair in one.resource.attributes if pair.key == "service.name"]
            self.spans += [(service, span) for scope in one.scope_spans for span in scope.spans]
        return web.Response(content_type="application/x-protobuf")

    def of(self, name: str, trace: str = TRACE) -> list[Any]:
        return [span for _, span in self.spans if span.name == name and span.trace_id.hex() == trace]

    def one(self, name: str) -> Any:
        (span,) = self.of(name)
        return span


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[Collector, dict[str, str]]]:
    """A collector, and how programs are told of it."""
    collector, app = Collector(), web.Application()
    app.router.add_post("/v1/traces", collector.take)
    async with TestServer(app) as collector.server:
        url = str(collector.server.make_url("")).rstrip("/")
        yield collector, {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "100"}


async def test_a_task_is_one_tree_from_the_client_to_the_api(tmp_path: Path) -> None:
    async with (
        collecting() as (collector, told),
        whole(tmp_path, Plan(workers=1, regions=1, gateway=told, worker=told)) as here,
    ):
        solved = await here.solve("us-east", "traced", 0.5, traceparent=f"00-{TRACE}-{CALLER}-00")
        assert solved.right
        assert solved.headers["Traceresponse"].startswith(f"00-{TRACE}-")
        await eventually(
            lambda: bool(collector.of("task") and collector.of("POST /solve") and collector.of("API poll")), "the spans"
        )
        task, queue, attempt, wait = (collector.one(name) for name in ("task", "queue", "attempt", "wait"))
        assert task.parent_span_id.hex() == CALLER
        assert task.span_id.hex() == solved.headers["Traceresponse"].split("-")[2]
        assert [one.parent_span_id for one in (queue, attempt, wait)] == [task.span_id] * 3
        solve, look = collector.one("POST /solve"), collector.of("GET /tasks")[0]
        assert (solve.parent_span_id, look.parent_span_id) == (attempt.span_id, wait.span_id)
        assert collector.one("API submit").parent_span_id == solve.span_id
        assert {one.parent_span_id for one in collector.of("API poll")} <= {one.span_id for one in collector.of("GET /tasks")}
        services = {span.name: service for service, span in collector.spans}
        assert (services["task"], services["POST /solve"]) == ("nearway-gateway", "nearway-worker")
        told_of = {pair.key: pair.value.string_value or pair.value.int_value for pair in task.attributes}
        assert (told_of["nearway.task"], told_of["nearway.outcome"]) == (solved.headers["Nearway-Task"], "solved")
        assert (
            task.start_time_unix_nano <= queue.start_time_unix_nano <= attempt.start_time_unix_nano <= wait.start_time_unix_nano
        )
        assert wait.end_time_unix_nano <= task.end_time_unix_nano
        assert (wait.end_time_unix_nano - wait.start_time_unix_nano) / 1e9 >= 0.4
        everything = "".join(str(span) for _, span in collector.spans)
        assert str(solved.body["solution"]) not in everything
        assert "example.com" not in everything

        await collector.server.close()  # a collector that is away holds up no task, and no end
        for number in range(3):
            assert (await here.solve("us-east", f"away{number}", 0.2)).right
