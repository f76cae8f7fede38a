"""nginx processes that an earlier renderer left behind: they hold the region's port.

A renderer's nginx dies with it (`nginx.py`), but nginx's workers do not die with a master that was killed. They are told by
their working folder, and, where looking at that of another user's process takes a right we lack, as in most containers, by
their session, which is that of the master whose id is in the pid file.
"""

import asyncio
import errno
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

from renderer.region import Listen


def processes(run_dir: Path) -> list[int]:
    """The ids of the nginx processes that run in `run_dir`; none where the system has no /proc."""
    master = _last_master(run_dir)
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _is_nginx_of(entry, run_dir, master)]


def dismiss(run_dir: Path) -> list[int]:
    """Ask them to leave: their port is free at once, the requests they hold are finished. Returns whom it asked."""
    found = processes(run_dir)
    for process in found:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGQUIT)
    return found


def taken(listen: Listen) -> str | None:
    """Why an address can't be listened on; None when it can."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen.host, listen.port))
        except OSError as error:
            return os.strerror(error.errno or errno.EADDRINUSE)
    return None


async def until_free(listen: Listen) -> str | None:
    """Wait for an address for 2 s at most; why it still can't be listened on, or None."""
    for _ in range(100):
        if taken(listen) is None:
            return None
        await asyncio.sleep(0.02)
    return taken(listen)


def _is_nginx_of(entry: Path, run_dir: Path, master: int | None) -> bool:
    try:
        name, _, fields = (entry / "stat").read_text().partition("(")[2].rpartition(")")
        # proc(5): behind the name stand state, parent, group and session.
        return name == "nginx" and (int(fields.split()[3]) == master or _works_in(entry, run_dir))
    except OSError:  # gone meanwhile
        return False


def _works_in(entry: Path, run_dir: Path) -> bool:
    try:
        return os.path.samefile(entry / "cwd", run_dir)
    except OSError:
        return False


def _last_master(run_dir: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int((run_dir / "nginx.pid").read_text())
    return None
