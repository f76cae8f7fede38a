"""Whether the demo's ports are free."""

import socket
from collections.abc import Iterable

from demo.layout import HOST, Program


def taken(programs: Iterable[Program]) -> str | None:
    """Which ports are in use, whom they are needed for, and what to do; None when all are free."""
    busy = [(port, program.name) for program in programs for port in program.ports if not _is_free(port)]
    if not busy:
        return None
    lines = [f"port {port} is in use, and {name} needs it" for port, name in busy]
    first = busy[0][0]
    lines.append(
        f"See who holds a port with `ss -ltnp 'sport = :{first}'` and stop it, or move the demo away: `nearway demo --shift 1000`"
    )
    return "\n".join(lines)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port that only waits out old connections is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except OSError:
            return False
    return True
