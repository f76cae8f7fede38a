"""What a worker counts, for Prometheus. Labels are bounded: a code that no list has counts as `other`."""

from prometheus_client import Counter, Gauge, Histogram

from contract.exposition import exposed, new_registry
from worker.codes import CODES
from worker.load import State

_SECONDS = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300)
_CALL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """One registry, and what is in it."""

    def __init__(self) -> None:
        self.registry = registry = new_registry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"nearway_worker_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"nearway_worker_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, label: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(f"nearway_worker_{name}", text, [label], buckets=buckets, registry=registry)

        self.requests = counter("requests", "Requests answered.", "path", "status")
        self.submissions = counter("submissions", "Hand-overs of a task to the API, by what came of them.", "method", "outcome")
        self.polls = counter("polls", "Looks for a solution at the API, by what came of them.", "outcome")
        self.codes = counter("api_codes", "Answers of the API that were a code.", "code")
        self.abandoned = counter("abandoned", "Tasks the API accepted when their client had left.")
        self.solved = histogram("solve_seconds", "From a task's submission to its solution.", "method", _SECONDS)
        self.calls = histogram("api_call_seconds", "Time of one call to the API: submit or poll.", "call", _CALL_SECONDS)
        self.active = gauge("active_tasks", "Tasks and waits that are held.")
        self.slots = gauge("slots", "Tasks that may be held at once.")
        self.paused = gauge("account_paused", "1 while nothing is sent, for the API refused the account.")
        self.threads = gauge("account_threads", "Threads of the account.")
        self.working = gauge("account_threads_working", "Threads of the account at work.")
        self.balance = gauge("account_balance", "Money left in the account, in its currency.")
        self._state = gauge("state", "1 for the state the worker says it is in.", "state")

    def code(self, name: str) -> None:
        """Count a code."""
        self.codes.labels(name if name in CODES else "other").inc()

    def text(self, state: State) -> bytes:
        """Everything, in Prometheus' text format."""
        for one in State:
            self._state.labels(one.value).set(one is state)
        return exposed(self.registry)
