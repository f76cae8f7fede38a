"""What a worker counts, for Prometheus. Labels are bounded: a code that no list has counts as `other`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from worker.codes import CODES

_SECONDS = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300)


class Metrics:
    """One registry, and what is in it."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter("worker_requests", "Requests answered", ["path", "status"], registry=registry)
        self.submissions = Counter("worker_submissions", "Hand-overs of a task to the API", ["outcome"], registry=registry)
        self.polls = Counter("worker_polls", "Looks for a solution", ["outcome"], registry=registry)
        self.codes = Counter("worker_api_codes", "Codes the API answered with", ["code"], registry=registry)
        self.abandoned = Counter("worker_abandoned", "Tasks accepted by the API when their client had left", registry=registry)
        self.solved = Histogram(
            "worker_solve_seconds", "From submission to solution", ["kind"], buckets=_SECONDS, registry=registry
        )
        self.active = Gauge("worker_active_tasks", "Requests held", registry=registry)
        self.slots = Gauge("worker_slots", "Tasks that may be held at once", registry=registry)
        self.paused = Gauge(
            "worker_account_paused", "1 while nothing is sent, for the API refused the account", registry=registry
        )
        self.threads = Gauge("worker_account_threads", "Threads of the account", registry=registry)
        self.working = Gauge("worker_account_threads_working", "Threads of the account at work", registry=registry)
        self.balance = Gauge("worker_account_balance", "Balance of the account", registry=registry)

    def code(self, name: str) -> None:
        """Count a code."""
        self.codes.labels(name if name in CODES else "other").inc()

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)
