"""Telling of tasks as they are carried: counted for Prometheus, a line each in the log."""

import logging

from attempt.evidence import Answer, Evidence
from attempt.outcome import Outcome, submitted_of
from gateway.ending import End, fields, worker_of
from gateway.errand import Errand
from gateway.metrics import Metrics

log = logging.getLogger("gateway.task")


class Teller:
    """One gateway's."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def attempted(self, errand: Errand, region: str, outcome: Outcome, evidence: Evidence) -> None:
        """An attempt came to this, by that evidence."""
        errand.worker = worker_of(evidence) or errand.worker
        self._metrics.attempt(region, outcome, submitted_of(evidence) if isinstance(evidence, Answer) else None)

    def moved(self, region: str) -> None:
        """A wait moved away from a region."""
        self._metrics.moved(region)

    def ended(self, errand: Errand, end: End) -> None:
        """A task is over."""
        self._metrics.task_ended(errand, end.outcome, end.submitted)
        log.info("task ended", extra=fields(errand, end))
