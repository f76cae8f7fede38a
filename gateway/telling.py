"""Telling of tasks as they are carried: counted for Prometheus, a line each in the log, and kept for people to look at."""

import logging
from collections.abc import Callable

from attempt.evidence import Answer, Evidence
from attempt.outcome import Outcome, submitted_of
from contract.export import Exporter
from gateway.dashboard.seen import Seen
from gateway.ending import REPLAYED, End, again, fields, worker_of
from gateway.errand import Errand
from gateway.metrics import Metrics
from gateway.spans import spans_of

log = logging.getLogger("gateway.task")

MOST_FOUND = 1000
"""Tasks left by other gateways whose ends were told last, and are not to be told twice."""


class Teller:
    """One gateway's. `exporter` sends spans, where wanted; `epoch` is when the gateway's clock was 0 (Unix seconds)."""

    def __init__(
        self, metrics: Metrics, seen: Seen, exporter: Exporter | None = None, *, epoch: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._metrics, self._seen, self._exporter, self._epoch = metrics, seen, exporter, epoch
        self._found: dict[str, None] = {}

    def attempted(self, errand: Errand, region: str, outcome: Outcome, evidence: Evidence) -> None:
        """An attempt came to this, by that evidence."""
        errand.worker = worker_of(evidence) or errand.worker
        self._metrics.attempt(region, outcome, submitted_of(evidence) if isinstance(evidence, Answer) else None)
        self._seen.attempted(errand, region, outcome, worker_of(evidence))

    def moved(self, region: str, to: str) -> None:
        """A wait moved from a region to another."""
        self._metrics.moved(region)
        self._seen.moved(region, to)

    def ended(self, errand: Errand, end: End) -> None:
        """A task is over."""
        self._metrics.task_ended(errand, end.outcome, end.submitted)
        self._seen.over(errand, end.outcome, end.submitted)
        log.info("task ended", extra=fields(errand, end))
        if self._exporter is not None:
            self._exporter.export(spans_of(errand, end, self._epoch()))

    def told(self, errand: Errand, end: End) -> None:
        """The end of a task that others carried or began, told or found out here. It is not counted again.

        What was left by a gateway is looked for by its client and by this gateway itself: the first that knows the end tells it.
        """
        errand.timing.end()
        known = errand.task.id in self._found
        if not known and end.outcome != REPLAYED:
            self._found[errand.task.id] = None
            if len(self._found) > MOST_FOUND:
                del self._found[next(iter(self._found))]
        log.info("task ended", extra=fields(errand, again(end) if known else end))
