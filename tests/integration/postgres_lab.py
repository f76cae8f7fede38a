"""A real PostgreSQL, from Debian's package, in a folder and on a port of its own; started and stopped as a test wants."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from demo.processes import die_with_parent, family
from tests.integration.consul_lab import eventually
from tests.ports import free_ports


@dataclass
class Server:
    """One server. Everybody on this machine may do everything in it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://nearway:secret-word@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        # Shared memory that a killed server left does not stop the next one; its own lock files do, and are looked at by it.
        self.process = _as_its_user(self.folder, "postgres", "-D", str(self.folder / "data"), "-p", str(self.port))

    async def ready(self) -> None:
        async def answers() -> bool:
            try:
                await self.ask("SELECT 1")
            except (OSError, asyncpg.PostgresError):
                return False
            return True

        await eventually(answers, "PostgreSQL")

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: at once, with its connections cut, but in good order."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()

    def processes(self) -> list[int]:
        """The server's and those it has started."""
        assert self.process is not None
        return sorted(family(self.process.pid))

    async def ask(self, statement: str, database: str = "postgres") -> list[Any]:
        connection = await asyncpg.connect(self.url(database))
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()


@contextmanager
def postgres(*settings: str) -> Iterator[Server]:
    """A server that is made, and not started yet; `settings` as in `fsync=off`."""
    folder = Path(tempfile.mkdtemp(prefix="nearway-postgres-"))
    if (user := _user()) is not None:
        os.chown(folder, user, -1)
    server = Server(folder, free_ports(1)[0])
    try:
        made = _as_its_user(folder, "initdb", "-D", str(folder / "data"), "-U", "nearway", "-A", "trust", "--no-sync")
        if made.wait():
            raise RuntimeError(f"initdb: {(folder / 'log').read_text()}")
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write(f"listen_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\n" + "\n".join(settings) + "\n")
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.process.send_signal(signal.SIGCONT)
            server.stop(signal.SIGQUIT)
        shutil.rmtree(folder)


def _as_its_user(folder: Path, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [_find(program), *arguments],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, user=_user(), preexec_fn=die_with_parent,
        )  # fmt: skip


def _user() -> int | None:
    """PostgreSQL refuses to run as root; its package brings a user of its own."""
    return pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None


def _find(program: str) -> str:
    found = shutil.which(program) or max(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{program}")), default=None)
    if found is None:
        raise FileNotFoundError(f"there is no {program}: `.ci/setup develop` installs PostgreSQL")
    return found
