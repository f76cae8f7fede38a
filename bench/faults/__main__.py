"""`python -m bench.faults [fault ...]`: prints the table; all faults without a name. Ends with 1 when a promise broke.

Three regions of three workers with 50 slots each, real Consul and nginx: 300 tasks are in flight when the fault strikes, and
20 a second more come from near the struck region while it does. About two minutes.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from bench.faults.faults import FAULTS
from bench.faults.play import HEAD, PLAN, Row, faults_of, play
from bench.figures import columns
from tests.system.whole import whole


async def run(names: list[str]) -> list[Row]:
    """The rows of the faults named."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        async with whole(Path(folder) / "run", PLAN) as here:
            for name in names:
                rows += await play(here, name, FAULTS[name])
    return rows


def main(arguments: list[str]) -> int:
    """0; 1 when something was lost or submitted twice; 2 for a fault there is not."""
    unknown = [name for name in arguments if name not in FAULTS]
    if unknown:
        sys.stderr.write(f"there is no fault {unknown[0]!r}; there are {', '.join(map(repr, FAULTS))}\n")
        return 2
    rows = asyncio.run(run(arguments or list(FAULTS)))
    sys.stdout.write(columns(HEAD, [row.cells() for row in rows]) + "\n")
    broken = [line for row in rows for line in faults_of(row)]
    sys.stderr.writelines(f"{line}\n" for line in broken)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
