"""`python -m bench.balancer [--tasks N] [--seconds N] [--held] [strategy ...]`: prints the table; all strategies without a name.

The client-side balancer alone against five workers of ten slots each, more tasks at a time than slots: one worker takes
three times as long, one dies with what it holds and returns, one is always full. Ends with 1 when a task was submitted twice or
a worker was sent more than its slots. Half a minute for each.
"""

import argparse
import asyncio
import sys
from typing import get_args

from bench.balancer.play import HEAD, Played, play
from bench.figures import columns
from nearway.balancer.strategies import Name


def main(arguments: list[str]) -> int:
    """0; 1 when a promise broke."""
    options = _options(arguments)
    names: tuple[Name, ...] = options.strategy or get_args(Name)
    played = {name: asyncio.run(play(name, options.tasks, options.seconds, resumable=not options.held)) for name in names}
    rows = [row.cells() for one in played.values() for row in one.rows]
    sys.stdout.write(f"{columns(HEAD, rows)}\n\n{columns(_HEAD, [_sum(name, one) for name, one in played.items()])}\n")
    return 1 if any(one.twice or one.over for one in played.values()) else 0


_HEAD = ("strategy", "fairness (1 is ideal)", "solved", "unknown", "submissions", "submitted twice", "sent over its slots")


def _sum(name: str, played: Played) -> tuple[str, ...]:
    solved = sum(one.error is None for one in played.done)
    counts = (solved, played.unknown, played.submissions, played.twice, played.over)
    return (name, f"{played.fairness:.3f}", *map(str, counts))


def _options(arguments: list[str]) -> argparse.Namespace:
    made = argparse.ArgumentParser(prog="python -m bench.balancer", description=__doc__)
    made.add_argument("strategy", nargs="*", choices=[*get_args(Name), []], help="which; all without a name")
    made.add_argument("--tasks", type=int, default=300, help="how many (default %(default)s)")
    made.add_argument("--seconds", type=float, default=1.0, help="how long each takes (default %(default)s)")
    made.add_argument("--held", action="store_true", help="workers that are not resumable, and hold the request until the end")
    return made.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
