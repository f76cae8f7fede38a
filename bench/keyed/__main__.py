"""`python -m bench.keyed [--tasks N] [--rate N] [--seed N] [ledger ...]`: prints the table; both ledgers without a name.

2,000 tasks with an `Idempotency-Key` through three gateways over one PostgreSQL, and as many through one with a file. Every
client sends its task again at random moments, beside the first or instead of it, to any gateway, until it has an answer for good.
Meanwhile gateways and workers are killed with SIGKILL and started again, and a tenth of the API's replies is lost after
their effect. The simulated API is the witness. Ends with 1 when a promise broke. About five minutes for each.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bench.figures import columns
from bench.keyed.play import HEAD, play

LEDGERS = ("postgresql", "sqlite")


def main(arguments: list[str]) -> int:
    """0; 1 when something was submitted twice or lost."""
    options = _options(arguments)
    rows = []
    for ledger in options.ledger or LEDGERS:
        with tempfile.TemporaryDirectory(dir=".") as folder:
            rows.append(asyncio.run(play(Path(folder).absolute(), ledger, options.tasks, options.rate, options.seed)))
    sys.stdout.write(f"{columns(HEAD, [row.cells() for row in rows])}\n\nseed {options.seed}\n")
    broken = [line for row in rows for line in row.faults()]
    sys.stderr.writelines(f"{line}\n" for line in broken)
    return 1 if broken else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    made = argparse.ArgumentParser(prog="python -m bench.keyed", description=__doc__)
    made.add_argument("ledger", nargs="*", choices=[*LEDGERS, []], help="which; both without a name")
    made.add_argument("--tasks", type=int, default=2000, help="how many (default %(default)s)")
    made.add_argument("--rate", type=float, default=8.0, help="how many come in a second (default %(default)s)")
    made.add_argument("--seed", type=int, default=1, help="of every random choice (default %(default)s)")
    return made.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
