"""Whether the demo's ports are free."""

import socket
from collections.abc import Iterable

from demo.layout import HOST, Program


def taken(programs: Iterable[Program]) -> list[str]:
    """A line for every port that is in use: which, for whom it is needed, and what to do."""
    return [
        f"port {port}, which {program.name} needs, is in use: see who holds it with `ss -ltnp 'sport = :{port}'` and stop it, "
        "or move the whole demo with `nearway demo --shift 1000`"
        for program in programs
        for port in program.ports
        if not _is_free(port)
    ]


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
