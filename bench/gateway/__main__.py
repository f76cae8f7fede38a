"""`python -m bench.gateway [steady] [memory] [rate]`: prints the table; all three without a name.

Stand-ins take the workers' places: what they and the clients cost is on another core than what is measured. nginx stands in
between as in production, and in a second system nothing does. nginx and HAProxy alone pass the same blocking POST to the same
stand-in: they count nothing, choose nothing and can lose a task, so theirs is the least that a hop costs. About three minutes.
"""

import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import uvloop

from bench.figures import columns, milliseconds
from bench.gateway import measure
from bench.gateway.subject import Subject, gateway, is_up, peers, pin, worker
from tests.system.whole import Plan, Whole, whole

NAMES = ("steady", "memory", "rate")
HEAD = ("measured", "CPU per task", "added, p50", "added, p99", "memory per task in flight", "tasks/s", "CPU per task then")
PLAN = Plan(stand_ins=True, workers=1, slots=20_000, gateway={"LEDGER_URL": "none"})
"""What the ledger costs has a bench of its own."""

Row = tuple[str, ...]


async def run(names: list[str]) -> str:
    """The table of the measurements named."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        async with whole(Path(folder) / "through", PLAN) as here:
            rows.append(await _row(here, gateway(here, "gateway, nginx in between"), names))
            with peers(here, Path(folder)) as others:
                rows += [await _row(here, one, names) for one in others]
        async with whole(Path(folder) / "straight", replace(PLAN, nginx=False)) as here:
            rows.append(await _row(here, gateway(here, "gateway, nothing in between"), names))
    return columns(HEAD, rows)


async def _row(here: Whole, subject: Subject, names: list[str]) -> Row:
    await is_up(subject)
    pin(here, subject)
    cells = [subject.name]
    if "steady" in names:
        found = await measure.steady(subject, worker(here))
        cells += [f"{1000 * found.cpu:.2f} ms", milliseconds(found.p50), milliseconds(found.p99)]
    else:
        cells += [""] * 3
    full = await measure.flat_out(subject) if "rate" in names else None
    cells.append(f"{await measure.memory(subject):.1f} KiB" if "memory" in names else "")
    return (*cells, f"{full.rate:.0f}" if full else "", f"{1000 * full.cpu:.2f} ms" if full else "")


def main(arguments: list[str]) -> int:
    """0, or 2 for a measurement there is not."""
    unknown = [name for name in arguments if name not in NAMES]
    if unknown:
        sys.stderr.write(f"there is no measurement {unknown[0]!r}; there are {', '.join(NAMES)}\n")
        return 2
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.write(runner.run(run(arguments or list(NAMES))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
