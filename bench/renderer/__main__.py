"""`python -m bench.renderer [changes] [parts] [idle]`: prints the table; all three without a name.

It needs the development install with Consul and nginx, and about twelve minutes. What each row measures is said where it is
made.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from bench.figures import Rows, table
from bench.renderer.block import block
from bench.renderer.changes import rows
from bench.renderer.cost import Cost
from bench.renderer.idle import idle
from bench.renderer.lab import lab
from bench.renderer.parts import Parts

TURNS = {10: 20, 1_000: 20, 10_000: 20}
WAIT = 0.2
"""Seconds: the first part of `wait`'s default, for which additions and changes wait for quiet."""


async def changes(folder: Path) -> Rows:
    """From a change in Consul until nginx serves it, with regions of three sizes."""
    found: Rows = []
    for count, turns in TURNS.items():
        async with lab(_new(folder, count), count) as made:
            cost = Cost(made)
            found += rows(await made.changes.measured(turns), count, WAIT)
            found += [*cost.rows(count, turns), *await block(made, count)]
    return found


async def parts(folder: Path) -> Rows:
    """The steps of a change, with the two larger sizes."""
    found: Rows = []
    for count in (1_000, 10_000):
        async with lab(_new(folder, count), count) as made:
            await made.program.stop()
            found += await Parts(made, _new(folder, f"alone-{count}"), count).measured()
    return found


async def quiet(folder: Path) -> Rows:
    """What is asked and spent while nothing happens."""
    async with lab(folder, 10) as made:
        return await idle(made)


def _new(folder: Path, name: object) -> Path:
    made = folder / str(name)
    made.mkdir()
    return made


BENCHES = {"changes": changes, "parts": parts, "idle": quiet}


async def run(names: list[str]) -> str:
    """The table of the benches named."""
    found: Rows = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            found += await BENCHES[name](Path(folder))
    return table(found)


def main(arguments: list[str]) -> int:
    """0, or 2 for a bench there is not."""
    unknown = [name for name in arguments if name not in BENCHES]
    if unknown:
        sys.stderr.write(f"there is no bench {unknown[0]!r}; there are {', '.join(BENCHES)}\n")
        return 2
    sys.stdout.write(asyncio.run(run(arguments or list(BENCHES))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
