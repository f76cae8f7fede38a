"""What every program exposes, as promtool sees it."""

import subprocess
from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry

from attempt.outcome import Outcome
from contract.exposition import exposed, new_registry
from contract.submitted import Submitted
from discovery.query import OwnDatacenter
from discovery.view import View
from gateway.gauges import Gauges
from gateway.ledger.metrics import LedgerMetrics
from gateway.metrics import Metrics
from renderer.report import Families
from renderer.telling import Record
from renderer.tool import report as render
from tests.pages import EVERYTHING, MOMENT
from worker.load import State
from worker.metrics import Metrics as WorkerMetrics


def of_gateway() -> bytes:
    metrics = Metrics()
    ledger = LedgerMetrics(metrics.registry)
    ledger.wrote(1, 0.1)
    for outcome in Outcome:
        metrics.attempt("eu-west", outcome, Submitted.YES)
    metrics.moved("eu-west")
    metrics.passed_on("eu-west", 200)
    metrics.answered("/solve", 200)
    metrics.registry.register(Gauges(lambda: MOMENT, metrics.region))
    return metrics.exposition()


def of_worker() -> bytes:
    metrics = WorkerMetrics()
    metrics.requests.labels("/solve", 200).inc()
    metrics.submissions.labels("turnstile", "accepted").inc()
    metrics.solved.labels("turnstile").observe(1)
    metrics.calls.labels("poll").observe(1)
    metrics.code("ERROR_ZERO_BALANCE")
    return metrics.text(State.HEALTHY)


def of_renderer() -> bytes:
    registry = new_registry()
    registry.register(Families(EVERYTHING))
    return exposed(registry)


def of_render() -> bytes:
    registry: CollectorRegistry = new_registry()
    outputs = (("a.j2", "/etc/a", Record(rendered_at=0.0, reloaded_at=0.0, failed_at=0.0)),)
    view = View().answered(OwnDatacenter(), "", 0.0)
    registry.register(render.Families(render.Report(outputs, view, True, 1, 0.0, 0.0)))
    return exposed(registry)


def checked(text: bytes) -> str:
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    return done.stdout.decode() + done.stderr.decode() + (f"status {done.returncode}" if done.returncode else "")


@pytest.mark.parametrize("made", [of_gateway, of_worker, of_renderer, of_render])
def test_promtool_finds_nothing(made: Callable[[], bytes]) -> None:
    assert b"nearway_build_info" in made()
    assert checked(made()) == ""


def test_promtool_would_find_something() -> None:
    assert "nearway_bad" in checked(b"# TYPE nearway_bad counter\nnearway_bad 1\n")
