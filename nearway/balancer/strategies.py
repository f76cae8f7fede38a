"""The strategies: which of the workers that have room, and are equally near, takes a task.

Pure.
"""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from nearway.balancer.standing import Standing
from nearway.balancer.worker import Worker

Name = Literal["least", "round-robin", "weighted", "random", "hash"]


@dataclass(frozen=True, slots=True)
class Draw:
    """What a task brings to its choice: its key, where it has one, and chance, from 0 to under 1."""

    key: str
    chance: Callable[[], float]


def least(room: Sequence[Worker], standing: Standing, draw: Draw) -> Worker:
    """The least full with this task, by its slots, or by its weight where slots are not known; of equals, whose turn it is."""
    by_slots = all(one.slots for one in room)
    return min(room, key=lambda one: (_share(one, standing, by_slots), standing.turns.begins(one.url), one.url))


def in_turn(room: Sequence[Worker], standing: Standing, draw: Draw) -> Worker:
    """The one whose turn it is; how long a turn lasts was settled when it was taken."""
    return min(room, key=lambda one: (standing.turns.begins(one.url), one.url))


def two_choices(room: Sequence[Worker], standing: Standing, draw: Draw) -> Worker:
    """The less full of two at random (Mitzenmacher 2001): many balancers that know nothing of each other don't herd."""
    if len(room) == 1:
        return room[0]
    first = int(draw.chance() * len(room))
    second = (first + 1 + int(draw.chance() * (len(room) - 1))) % len(room)
    by_slots = all(one.slots for one in room)
    return min(room[first], room[second], key=lambda one: _share(one, standing, by_slots))


def by_key(room: Sequence[Worker], standing: Standing, draw: Draw) -> Worker:
    """The one that the key rates highest, each by its weight: weighted rendezvous hashing.

    A worker that goes moves its own keys and no others, one that comes takes its share of all
    (Thaler, Ravishankar 1998; the weights by Schindelhauer, Schomaker 2005).
    """
    return max(room, key=lambda one: (_rating(draw.key, one), one.url))


STRATEGIES: Mapping[Name, Callable[[Sequence[Worker], Standing, Draw], Worker]] = MappingProxyType(
    {"least": least, "round-robin": in_turn, "weighted": in_turn, "random": two_choices, "hash": by_key}
)


def turn_of(strategy: Name, worker: Worker) -> float:
    """The weight by which a worker takes its turn."""
    return worker.weight if strategy == "weighted" else 1.0


def _share(worker: Worker, standing: Standing, by_slots: bool) -> float:
    size = worker.slots if by_slots and worker.slots else worker.weight
    return (standing.load.in_flight[worker.url] + 1) / size


def _rating(key: str, worker: Worker) -> float:
    digest = hashlib.blake2b(f"{worker.url}\n{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return worker.weight / -math.log(((int.from_bytes(digest) >> 11) + 0.5) / 2**53)
