"""Choosing a worker: of those with room the nearest by the regions that are preferred, and of these one by the strategy.

Pure.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from nearway.balancer.standing import Standing
from nearway.balancer.strategies import STRATEGIES, Draw, Name
from nearway.balancer.worker import Worker


@dataclass(frozen=True, slots=True)
class Policy:
    """`near` are regions, the most preferred first; all others come after them, and among themselves are equal."""

    strategy: Name = "least"
    near: tuple[str, ...] = ()


def choose(workers: Sequence[Worker], standing: Standing, policy: Policy, draw: Draw, now: float) -> Worker | None:
    """None while no worker has room."""
    room = [one for one in workers if has_room(one, standing, now)]
    nearest = min((farness(one, policy.near) for one in room), default=None)
    if nearest is None:
        return None
    return STRATEGIES[policy.strategy]([one for one in room if farness(one, policy.near) == nearest], standing, draw)


def has_room(worker: Worker, standing: Standing, now: float) -> bool:
    """Whether a task may go there now: a slot is free, and it does not rest."""
    load = standing.load
    if worker.slots is not None and load.in_flight[worker.url] >= worker.slots:
        return False
    return not load.is_full(worker.url, now) and standing.breaker(worker.url).allows(now)


def farness(worker: Worker, near: Sequence[str]) -> tuple[bool, int]:
    """What stands before another worker: not being a backup, then its region."""
    return worker.backup, near.index(worker.region) if worker.region in near else len(near)


def next_to_ask(workers: Sequence[Worker], standing: Standing, near: Sequence[str], in_vain: Collection[str]) -> Worker | None:
    """Who can be asked for a task that another has accepted, full or not; who failed comes last. None when all were."""
    left = [one for one in workers if one.resumable and one.url not in in_vain]

    def rank(one: Worker) -> tuple[bool, tuple[bool, int], int]:
        return standing.breaker(one.url).is_open, farness(one, near), standing.load.in_flight[one.url]

    return min(left, key=rank, default=None)
