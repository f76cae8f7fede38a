"""How many connections a program takes at once: never more than it has file descriptors for."""

import resource

from contract.settings import SettingsError

USUAL = 10_000
"""Where nothing is set and there are descriptors for so many."""

FOR_OTHERS = 128
"""Descriptors that are no connection's of a request: Consul, logs, files, connections that are turned away."""

UNLIMITED = 1_048_576
"""What Linux lets a process have at most, unless told otherwise (proc(5), fs.nr_open)."""


def open_files() -> int:
    """The most files this process may have open, once it has raised its limit as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = UNLIMITED if hard == resource.RLIM_INFINITY else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return UNLIMITED if soft == resource.RLIM_INFINITY else soft
    return wanted


def most_connections(asked: int | None, files: int) -> int:
    """As many as are asked for; else `USUAL`, or fewer. Each may need a second descriptor, for the way on."""
    room = max(1, (files - FOR_OTHERS) // 2)
    if asked is not None and asked > room:
        raise SettingsError(
            f"MAX_CONNECTIONS is {asked}, and with {files} open files there is room for {room}: "
            "lower it, or raise the limit of open files (ulimit -n, LimitNOFILE)"
        )
    return min(USUAL, room) if asked is None else asked
