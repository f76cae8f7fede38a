"""What `/status` and `/metrics` say, from what is known. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from renderer.telling import Record


@dataclass(frozen=True, slots=True)
class Report:
    """One moment. `now` and the record's times are of one clock, `wall` is the same moment in seconds since 1970.

    `workers` are those in the configuration nginx was given, with so many `slots`; None while it has none of ours or an earlier
    run's. `consul_failures` and `nginx_starts` count how often Consul gave no answer, and how often nginx was started.
    `heard` is when Consul last answered, None before it did; `consul_trouble` is why it does not, None while it does.
    """

    region: str
    record: Record
    workers: int | None
    slots: int | None
    heard: float | None
    consul_trouble: str | None
    consul_failures: int
    nginx_answers: bool
    nginx_starts: int
    old_processes: int
    now: float
    wall: float


def status(report: Report) -> dict[str, object]:
    """The body of `/status`. Times are seconds ago; null: not yet."""
    record = report.record
    return {
        "region": report.region,
        "nginx": {"answers": report.nginx_answers, "workers": report.workers, "old_processes": report.old_processes},
        "consul": {"answered": ago(report.heard, report.now), "trouble": report.consul_trouble},
        "reloaded": ago(record.reloaded_at, report.now),
        "reloads": record.reloads,
        **course(record, report.now),
        "held": list(record.held),
        "left_out": [{"id": one.id, "reason": one.reason} for one in record.left_out],
    }


def course(record: Record, now: float) -> dict[str, object]:
    """How it went with one file, as `/status` says it."""
    failed = {"reason": record.last_trouble, "at": ago(record.failed_at, now)}
    return {
        "rendered": ago(record.rendered_at, now),
        "waiting": list(record.waiting),
        "trouble": record.trouble,
        "failures": record.failures,
        "last_failure": None if record.last_trouble is None else failed,
    }


def ago(at: float | None, now: float) -> float | None:
    """How long ago, in seconds; None: not yet."""
    return None if at is None else round(now - at, 3)


class Families:
    """The metrics, as a collector of one report (prometheus_client)."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def collect(self) -> Iterator[Metric]:
        """Every metric; a time that is not yet is left out."""
        report, record = self._report, self._report.record
        yield self._counter("renders", "Times the template was rendered.", record.renders)
        yield self._counter("reloads", "Configurations nginx was given.", record.reloads)
        yield self._counter("failures", "Configurations that could not be made, or not be put in place.", record.failures)
        yield self._gauge("failing", "1 while the configuration is not as it should be.", record.trouble is not None)
        if report.workers is not None:
            yield self._gauge("workers", "Workers in the configuration nginx was last given.", report.workers)
        if report.slots is not None:
            yield self._gauge("slots", "Slots of those workers.", report.slots)
        yield self._gauge("held_workers", "Workers gone from Consul that are held.", len(record.held))
        yield self._counter("holds", "Times workers that vanished began to be held.", record.holds)
        yield self._gauge("left_out_registrations", "Registrations left out or changed.", len(record.left_out))
        yield self._gauge("nginx_up", "1 while nginx answers.", report.nginx_answers)
        yield self._counter("nginx_starts", "Times nginx was started.", report.nginx_starts)
        yield self._gauge("old_processes", "Processes of nginx of before a reload.", report.old_processes)
        yield self._gauge("consul_up", "1 while Consul answers.", report.heard is not None and report.consul_trouble is None)
        yield self._counter("consul_failures", "Times that Consul began to give no answer.", report.consul_failures)
        if report.heard is not None:
            yield self._gauge("consul_answer_age_seconds", "Since Consul's last answer.", report.now - report.heard)
        for name, at in (("render", record.rendered_at), ("reload", record.reloaded_at), ("failure", record.failed_at)):
            if at is not None:
                since = report.wall - (report.now - at)
                yield self._gauge(f"last_{name}_timestamp_seconds", f"When the last {name} was, in seconds since 1970.", since)

    def _gauge(self, name: str, text: str, value: float) -> Metric:
        family = GaugeMetricFamily(f"nearway_renderer_{name}", text, labels=["region"])
        family.add_metric([self._report.region], float(value))
        return family

    def _counter(self, name: str, text: str, value: float) -> Metric:
        family = CounterMetricFamily(f"nearway_renderer_{name}", text, labels=["region"])
        family.add_metric([self._report.region], float(value))
        return family
