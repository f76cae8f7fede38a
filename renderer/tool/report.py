"""What `/status` and `/metrics` of `nearway render` say, from what is known. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from discovery.view import Known, View
from renderer.report import ago, course
from renderer.telling import Record


@dataclass(frozen=True, slots=True)
class Report:
    """One moment. `outputs` are source, destination and record of each; `now` and all times are of one clock.

    `wall` is the same moment in seconds since 1970. `runs` and `starts` are of the program: whether, and how often; None
    without one.
    """

    outputs: tuple[tuple[str, str, Record], ...]
    view: View
    runs: bool | None
    starts: int
    now: float
    wall: float

    @property
    def heard(self) -> float | None:
        """When the answer that is oldest came, or was confirmed; None while there is one that never came."""
        answers = list(self.view.answers.values())
        heard = [answer.heard for answer in answers if isinstance(answer, Known)]
        return min(heard) if heard and len(heard) == len(answers) else None

    @property
    def trouble(self) -> str | None:
        """Why Consul does not answer, the first reason there is."""
        return next((answer.trouble for answer in self.view.answers.values() if answer.trouble), None)


def status(report: Report) -> dict[str, object]:
    """The body of `/status`. Times are seconds ago; null: not yet."""
    return {
        "templates": [
            {
                "source": source,
                "destination": destination,
                "applied": ago(record.reloaded_at, report.now),
                "applies": record.reloads,
                **course(record, report.now),
            }
            for source, destination, record in report.outputs
        ],
        "consul": {
            "questions": len(report.view.answers),
            "answered": ago(report.heard, report.now),
            "trouble": report.trouble,
        },
        "program": None if report.runs is None else {"runs": report.runs, "starts": report.starts},
    }


class Families:
    """The metrics, as a collector of one report (prometheus_client)."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def collect(self) -> Iterator[Metric]:
        """Every metric; a time that is not yet is left out."""
        report = self._report
        yield from self._each("applies", "Texts put in place.", lambda record: record.reloads, counter=True)
        yield from self._each("failures", "Texts not made, or not put in place.", lambda record: record.failures, counter=True)
        yield from self._each("failing", "1 while the file is not as it should be.", lambda record: record.trouble is not None)
        yield from self._each("waiting", "What has to be known before it can be rendered.", lambda record: len(record.waiting))
        for name, at in (("render", "rendered_at"), ("apply", "reloaded_at"), ("failure", "failed_at")):
            what = f"When the last {name} was, in seconds since 1970."
            yield from self._each(f"last_{name}_timestamp_seconds", what, partial(self._since, at))
        yield _one("consul_questions", "What is asked of Consul.", len(report.view.answers))
        yield _one("consul_up", "1 while Consul answers all of it.", report.heard is not None and report.trouble is None)
        if report.heard is not None:
            yield _one("consul_answer_age_seconds", "Since the oldest of Consul's last answers.", report.now - report.heard)
        if report.runs is not None:
            yield _one("program_up", "1 while the program runs.", report.runs)
            starts = CounterMetricFamily("nearway_render_program_starts", "Starts of the program.")
            starts.add_metric([], report.starts)
            yield starts

    def _since(self, name: str, record: Record) -> float | None:
        at = getattr(record, name)
        return None if at is None else self._report.wall - (self._report.now - at)

    def _each(self, name: str, text: str, value: Callable[[Record], float | None], *, counter: bool = False) -> Iterator[Metric]:
        kind = CounterMetricFamily if counter else GaugeMetricFamily
        family = kind(f"nearway_render_{name}", text, labels=["destination"])
        for _, destination, record in self._report.outputs:
            found = value(record)
            if found is not None:
                family.add_metric([destination], float(found))
        yield family


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"nearway_render_{name}", text, value=float(value))
