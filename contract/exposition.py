"""What every program's `/metrics` has in common (Prometheus' text format, 0.0.4)."""

from prometheus_client import CollectorRegistry, Info, ProcessCollector, disable_created_metrics, generate_latest

from contract import __version__

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def new_registry() -> CollectorRegistry:
    """A registry with the process' own figures and our version; without a `_created` beside each counter, which doubles all."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    Info("nearway_build", "The version that runs.", registry=registry).info({"version": __version__})
    return registry


def exposed(registry: CollectorRegistry) -> bytes:
    """All that is in it."""
    return generate_latest(registry)
