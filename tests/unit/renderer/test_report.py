from dataclasses import replace

from prometheus_client import CollectorRegistry, generate_latest

from discovery.records import Rejected
from renderer.report import Families, Report, status
from renderer.telling import Record

NEW = Report(
    region="us-east",
    record=Record(),
    workers=None,
    slots=None,
    heard=None,
    consul_trouble="no leader",
    consul_failures=1,
    nginx_answers=False,
    nginx_starts=0,
    old_processes=0,
    now=500.0,
    wall=1_700_000_000.0,
)
BUSY = Report(
    region="us-east",
    record=Record(490.0, 7, 480.0, 2, 470.0, None, "disk full", ("10.0.0.1:1",), (Rejected("w", "bad"),), renders=9, holds=2),
    workers=3,
    slots=60,
    heard=499.0,
    consul_trouble=None,
    consul_failures=4,
    nginx_answers=True,
    nginx_starts=2,
    old_processes=4,
    now=500.0,
    wall=1_700_000_000.0,
)


def exposed(report: Report) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(Families(report))
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    assert all('{region="us-east"} ' in line for line in lines)
    return {line.partition("{")[0].removeprefix("nearway_renderer_"): float(line.rpartition(" ")[2]) for line in lines}


def test_the_status_of_a_renderer_that_has_just_begun() -> None:
    said = status(NEW)
    assert said["nginx"] == {"answers": False, "workers": None, "old_processes": 0}
    assert said["consul"] == {"answered": None, "trouble": "no leader"}
    assert (said["rendered"], said["reloaded"], said["trouble"], said["last_failure"]) == (None, None, None, None)


def test_the_status_says_how_long_ago() -> None:
    said = status(BUSY)
    assert said["nginx"] == {"answers": True, "workers": 3, "old_processes": 4}
    assert said["consul"] == {"answered": 1.0, "trouble": None}
    assert (said["rendered"], said["reloaded"], said["reloads"], said["failures"]) == (10.0, 20.0, 7, 2)
    assert said["last_failure"] == {"reason": "disk full", "at": 30.0}
    assert (said["held"], said["left_out"]) == (["10.0.0.1:1"], [{"id": "w", "reason": "bad"}])


def test_the_metrics_of_a_renderer_that_has_just_begun_have_no_times() -> None:
    assert exposed(NEW) == {
        "renders_total": 0,
        "holds_total": 0,
        "nginx_starts_total": 0,
        "consul_failures_total": 1,
        "reloads_total": 0,
        "failures_total": 0,
        "failing": 0,
        "held_workers": 0,
        "left_out_registrations": 0,
        "nginx_up": 0,
        "old_processes": 0,
        "consul_up": 0,
    }


def test_the_metrics_have_times_as_prometheus_wants_them() -> None:
    assert exposed(BUSY) == {
        "renders_total": 9,
        "holds_total": 2,
        "nginx_starts_total": 2,
        "consul_failures_total": 4,
        "slots": 60,
        "reloads_total": 7,
        "failures_total": 2,
        "failing": 0,
        "workers": 3,
        "held_workers": 1,
        "left_out_registrations": 1,
        "nginx_up": 1,
        "old_processes": 4,
        "consul_up": 1,
        "consul_answer_age_seconds": 1,
        "last_render_timestamp_seconds": 1_700_000_000 - 10,
        "last_reload_timestamp_seconds": 1_700_000_000 - 20,
        "last_failure_timestamp_seconds": 1_700_000_000 - 30,
    }


def test_what_is_the_matter_is_in_both() -> None:
    failing = replace(BUSY, record=replace(BUSY.record, trouble="disk full"), consul_trouble="gone")
    assert status(failing)["trouble"] == "disk full"
    assert (exposed(failing)["failing"], exposed(failing)["consul_up"]) == (1, 0)
