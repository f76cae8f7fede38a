"""Ports for tests, in blocks wide enough for a whole demo: each process of pytest-xdist has blocks of its own.

All are below those that the kernel gives to who connects (ip(7), `ip_local_port_range`): one of them could be taken before a
program of ours has come to listen on it.
"""

import os
import random
import socket
from contextlib import suppress

FIRST, BLOCK, BLOCKS = 10_000, 1_500, 14

_chance = random.Random()


def blocks() -> list[range]:
    """The blocks of this process, in any order."""
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    ours = [range(FIRST + BLOCK * one, FIRST + BLOCK * (one + 1)) for one in range(process, BLOCKS, processes)]
    _chance.shuffle(ours)
    return ours


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now."""
    held: list[socket.socket] = []
    while len(held) < count:
        with suppress(OSError):
            held.append(socket.create_server(("127.0.0.1", _chance.choice(_chance.choice(blocks())))))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
