"""`python -m bench.ledger [sqlite] [postgresql]`: prints the table; both without a name. About two minutes.

Tasks come at a steady rate to a ledger as a gateway has it, without the gateway. What a task waits for is the disk: the first row
says how long this one takes. CPU is the gateway's side only, less that of the same load without a ledger.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sanic.server.loop import try_use_uvloop

from bench.figures import milliseconds, percentile, table
from bench.ledger.load import load
from tests.integration.postgres_lab import postgres

RATES = (100, 1000)
SECONDS = 10
WARM = 1500
"""Tasks before those that count: a new SQLite file's log grows at first, and the file system lets each growth wait for others."""


@contextmanager
def sqlite() -> Iterator[str]:
    """A new file, in the folder this is started in: a folder for temporary files may be in memory."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        yield f"sqlite:///{Path(folder).absolute()}/ledger.sqlite"


@contextmanager
def postgresql() -> Iterator[str]:
    """A server of its own, as Debian sets it up."""
    with postgres() as server:
        server.start()
        asyncio.run(server.ready())
        yield server.url()


LEDGERS = {"sqlite": sqlite, "postgresql": postgresql}


def measured(name: str, rate: int) -> list[tuple[str, str]]:
    """The rows of one ledger at one rate."""
    with LEDGERS[name]() as url:
        with_it = asyncio.run(load(url, rate, rate * SECONDS, WARM))
    without = asyncio.run(load("none", rate, rate * SECONDS, 0))
    return [
        (f"{name}, {rate} tasks/s asked for, carried", f"{with_it.rate:.0f}"),
        (f"{name}, {rate} tasks/s, added to a submission, p50", milliseconds(percentile(with_it.waits, 0.5))),
        (f"{name}, {rate} tasks/s, added to a submission, p99", milliseconds(percentile(with_it.waits, 0.99))),
        (f"{name}, {rate} tasks/s, CPU per task", f"{1000 * (with_it.cpu - without.cpu):.2f} ms"),
    ]


def disk(what: str, pages: int) -> list[tuple[str, str]]:
    """How long the disk takes to make one page durable (fdatasync(2)), in a file of so many."""
    waits = []
    with tempfile.NamedTemporaryFile(dir=".") as file:
        for page in range(600):
            os.pwrite(file.fileno(), b"x" * 4096, 4096 * (page % pages))
            asked = time.perf_counter()
            os.fdatasync(file.fileno())
            waits.append(time.perf_counter() - asked)
    waits = waits[100:]
    return [(f"fdatasync of a page {what}, p{100 * share:.0f}", milliseconds(percentile(waits, share))) for share in (0.5, 0.99)]


def main(names: list[str]) -> int:
    """0, or 2 for a ledger there is not."""
    unknown = [name for name in names if name not in LEDGERS]
    if unknown:
        sys.stderr.write(f"there is no ledger {unknown[0]!r}; there are {', '.join(LEDGERS)}\n")
        return 2
    try_use_uvloop()
    rows = disk("written over", 50) + disk("appended", 1000)
    rows += [row for name in names or LEDGERS for rate in RATES for row in measured(name, rate)]
    sys.stdout.write(table(rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
