"""What changed between two looks at the gateway, as lines for a person: worker up, region down, task moved.

Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Look:
    """One look: workers' health by id, regions' objections by name (None when they take tasks), counts of moves and ends."""

    workers: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str | None] = field(default_factory=dict)
    moves: Mapping[tuple[str, str], float] = field(default_factory=dict)
    tasks: Mapping[tuple[str, str], float] = field(default_factory=dict)


def look(report: dict[str, Any], metrics: str) -> Look:
    """A look, from the bodies of `/regions` and `/metrics`."""
    regions = report["regions"]
    return Look(
        workers={worker["id"]: worker["health"] for region in regions for worker in region["workers"]},
        regions={region["name"]: None if region["takes_tasks"] else region["why_not"] for region in regions},
        moves=_counts(metrics, "nearway_moves", "region", "to"),
        tasks=_counts(metrics, "nearway_tasks", "region", "outcome"),
    )


def differences(old: Look, new: Look) -> list[str]:
    """A line per event, in stable order."""
    return [*_workers(old, new), *_regions(old, new), *_tasks(old, new)]


def _workers(old: Look, new: Look) -> Iterator[str]:
    for worker in sorted({*old.workers, *new.workers}):
        now = new.workers.get(worker, "gone")
        if old.workers.get(worker, "gone") != now:
            yield f"worker {worker}: {_HEALTH.get(now, now)}"


def _regions(old: Look, new: Look) -> Iterator[str]:
    for region in sorted({*old.regions, *new.regions}):
        was, now = old.regions.get(region, "it is gone"), new.regions.get(region, "it is gone")
        if was != now:
            yield f"region {region}: takes tasks" if now is None else f"region {region}: takes none, {now}"


def _tasks(old: Look, new: Look) -> Iterator[str]:
    for (region, to), count in sorted(_grown(old.moves, new.moves).items()):
        yield f"{_tasks_of(count)} moved: waiting for {region} goes on at {to}, nothing is submitted again"
    for (region, outcome), count in sorted(_grown(old.tasks, new.tasks).items()):
        yield f"{_tasks_of(count)} {outcome} ({region})"


_HEALTH = {"passing": "up", "warning": "busy", "critical": "down"}


def _tasks_of(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _grown(old: Mapping[tuple[str, str], float], new: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], int]:
    return {key: int(count - old.get(key, 0)) for key, count in new.items() if count > old.get(key, 0)}


def _counts(metrics: str, family: str, first: str, second: str) -> dict[tuple[str, str], float]:
    return {
        (sample.labels[first], sample.labels[second]): sample.value
        for found in text_string_to_metric_families(metrics)
        if found.name == family
        for sample in found.samples
        if sample.name == f"{family}_total"
    }
