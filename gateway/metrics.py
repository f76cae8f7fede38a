"""The gateway's metrics (Prometheus). Labels are bounded: region names, outcomes and codes."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from gateway.errand import Errand
from gateway.outcome import Outcome

BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300)
"""Seconds. Tasks take 5 to 120."""


class Metrics:
    """One gateway's, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._attempts = Counter(
            "nearway_attempts",
            "Attempts to submit a task at a region.",
            ["region", "outcome"],
            registry=self.registry,
        )
        self._tasks = Counter(
            "nearway_tasks",
            "Tasks ended, by the region that had them last.",
            ["region", "outcome"],
            registry=self.registry,
        )
        self._moves = Counter(
            "nearway_moves", "Waits that moved from one region to another.", ["region", "to"], registry=self.registry
        )
        self._seconds = Histogram(
            "nearway_task_stage_seconds", "Time of a task in each stage.", ["stage"], buckets=BUCKETS, registry=self.registry
        )

        self._passed = Counter(
            "nearway_passed", "Requests passed on to a region by [[route]].", ["region", "status"], registry=self.registry
        )

    def attempt(self, region: str, outcome: Outcome) -> None:
        """An attempt was classified."""
        self._attempts.labels(region, outcome.value).inc()

    def moved(self, region: str, to: str) -> None:
        """A wait moved."""
        self._moves.labels(region, to).inc()

    def task_ended(self, errand: Errand, outcome: str) -> None:
        """A task is over; `outcome` is solved, failed, or the code of a problem."""
        self._tasks.labels(errand.at, outcome).inc()
        errand.timing.end()
        for stage, seconds in errand.timing.seconds.items():
            self._seconds.labels(stage).observe(seconds)

    def passed_on(self, region: str, status: int | None) -> None:
        """A request was passed on and answered with this status; None when it was not answered."""
        self._passed.labels(region, status or "none").inc()

    def exposition(self) -> bytes:
        """All of it, in the text format."""
        return generate_latest(self.registry)
