"""The ledger's metrics (Prometheus)."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
"""Seconds of one transaction."""


class LedgerMetrics:
    """In the gateway's registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._up = Gauge("nearway_ledger_up", "Whether the ledger can be written: 1 or 0.", registry=registry)
        self._pending = Gauge("nearway_ledger_pending", "Records that wait for a ledger that is away.", registry=registry)
        self._rows = Counter("nearway_ledger_rows", "Records written.", registry=registry)
        self._seconds = Histogram("nearway_ledger_write_seconds", "Time of one transaction.", buckets=BUCKETS, registry=registry)

    def wrote(self, rows: int, seconds: float) -> None:
        """A transaction was committed."""
        self._rows.inc(rows)
        self._seconds.observe(seconds)

    def stands(self, up: bool, pending: int) -> None:
        """How the ledger is now."""
        self._up.set(up)
        self._pending.set(pending)
