"""`python -m bench.worker [throughput] [memory] [latency]`: prints the table; all three without a name.

It needs the development install, no Consul, and about two minutes. Worker, simulated API and clients share the machine, so
tasks per second tell of all three; CPU per task, memory and added latency tell of the worker. What each row measures is said
by the function that makes it.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from bench.figures import table
from bench.worker.latency import latency
from bench.worker.memory import memory
from bench.worker.throughput import throughput
from tests.system.lab import lab

BENCHES = {"throughput": throughput, "memory": memory, "latency": latency}


async def run(names: list[str]) -> str:
    """The table of the benches named."""
    rows = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            async with lab(Path(folder)) as made:
                rows += await BENCHES[name](made)
    return table(rows)


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
