"""What the gateway counts, for Prometheus. Labels are bounded: outcomes and codes by our tables, names from Consul by number."""

from prometheus_client import Counter, Histogram, Summary

from attempt.outcome import Outcome
from contract.bounded import Bounded
from contract.exposition import exposed, new_registry
from contract.submitted import Submitted
from gateway.callbacks.outcome import Called
from gateway.errand import Errand

BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300)
"""Seconds. Tasks take 5 to 120, and 300 at most."""

MOST_REGIONS, MOST_TENANTS = 100, 1000
"""Names that have series of their own."""


class Metrics:
    """One gateway's, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = new_registry()
        self.region, self._tenant = Bounded(MOST_REGIONS), Bounded(MOST_TENANTS)
        self._tasks = Counter(
            "nearway_tasks",
            "Tasks ended, by the region that had them last: solved, failed (the worker's word), left (by its client), or a code.",
            ["region", "outcome"],
            registry=registry,
        )
        self._tenant_tasks = Counter(
            "nearway_tenant_tasks",
            "Tasks ended of each configured tenant, by whether they are paid for: yes, no or unknown.",
            ["tenant", "submitted"],
            registry=registry,
        )
        self._attempts = Counter(
            "nearway_attempts", "Attempts to submit a task at a region.", ["region", "outcome"], registry=registry
        )
        self._submissions = Counter(
            "nearway_submissions",
            "Submissions at a region: yes, each is paid for once; unknown, it may be.",
            ["region", "submitted"],
            registry=registry,
        )
        self._moves = Counter("nearway_moves", "Waits that moved from a region to another.", ["region"], registry=registry)
        self._stages = Histogram(
            "nearway_task_stage_seconds",
            "Time of a task in each stage that it reached: queue, submit, solve.",
            ["stage"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._whole = Histogram(
            "nearway_task_seconds",
            "Time of a task from its arrival to its end, by whether it was solved: yes or no.",
            ["solved"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._by_region = Summary(
            "nearway_region_stage_seconds",
            "Time of tasks in the stages submit and solve, by the region that had them last.",
            ["region", "stage"],
            registry=registry,
        )
        self._passed = Counter(
            "nearway_passed", "Requests passed on to a region by [[route]].", ["region", "status"], registry=registry
        )
        self._requests = Counter("nearway_requests", "Requests answered.", ["path", "status"], registry=registry)
        self._callbacks = Counter(
            "nearway_callbacks",
            "Tries to deliver callbacks: delivered, failed (to be tried again), gone (410), or given up.",
            ["outcome"],
            registry=registry,
        )

    def attempt(self, region: str, outcome: Outcome, said: Submitted | None) -> None:
        """An attempt was classified; `said` is what the answer tells of the money, if there was one that does."""
        name = self.region(region)
        self._attempts.labels(name, outcome.value).inc()
        # Both are there from the first attempt on: what begins at 1 has grown by nothing, to Prometheus.
        paid, unknown = (self._submissions.labels(name, one.value) for one in (Submitted.YES, Submitted.UNKNOWN))
        if outcome is Outcome.ACCEPTED or (outcome is Outcome.ANSWERED and said is not Submitted.NO):
            paid.inc()
        elif outcome is Outcome.UNKNOWN:
            unknown.inc()

    def moved(self, region: str) -> None:
        """A wait moved away from a region."""
        self._moves.labels(self.region(region)).inc()

    def task_ended(self, errand: Errand, outcome: str, submitted: Submitted) -> None:
        """A task is over; `outcome` is solved, failed, left, or the code of a problem."""
        region, timing = self.region(errand.at), errand.timing
        self._tasks.labels(region, outcome).inc()
        if errand.task.tenant.name:
            self._tenant_tasks.labels(self._tenant(errand.task.tenant.name), submitted.value).inc()
        timing.end()
        self._whole.labels("yes" if outcome == "solved" else "no").observe(timing.whole)
        for stage, seconds in timing.reached():
            self._stages.labels(stage).observe(seconds)
            if stage != "queue":
                self._by_region.labels(region, stage).observe(seconds)

    def passed_on(self, region: str, status: int | None) -> None:
        """A request was passed on and answered with this status; None when it was not answered."""
        self._passed.labels(self.region(region), "none" if status is None else _status(status)).inc()

    def answered(self, path: str, status: int) -> None:
        """A request was answered; `path` is a route's, not what was asked for."""
        self._requests.labels(path, _status(status)).inc()

    def called(self, outcome: Called) -> None:
        """A callback was tried."""
        self._callbacks.labels(outcome.value).inc()

    def exposition(self) -> bytes:
        """All of it, in the text format."""
        return exposed(self.registry)


def _status(status: int) -> str:
    return str(status) if 100 <= status < 600 else "other"
