"""Looking at this machine: ports and who holds them, certificates, and what programs have against their settings."""

import asyncio
import os
import re
import socket
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from nearway.doctor.machine import Certificate, Port, Tried
from nearway.doctor.pem import ends

LONGEST = 30.0
"""Seconds a program may take to look at its settings."""

CERTIFICATES = (
    "TLS_CERTIFICATE",
    "TLS_CLIENT_CA",
    "REGION_CA",
    "REGION_CERTIFICATE",
    "CONSUL_CACERT",
    "CONSUL_CLIENT_CERT",
    "NEARWAY_CA",
    "NEARWAY_CERTIFICATE",
)
"""Settings that name a file with certificates."""

SETTING = {"gateway": "PORT", "worker": "PORT", "renderer": "LISTEN or the region file's `listen`"}


async def tried(program: str, *words: str) -> Tried:
    """A program of ours, by its name, and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return Tried(program, 1, f"it said nothing in {LONGEST:g} s")
    return Tried(program, process.returncode or 0, said.decode(errors="replace"))


def port_of(settings: Tried) -> Port | None:
    """Whether a program could listen where it said it would; None when it did not say."""
    found = re.search(r"listen on (?:\[([^\]]+)\]|([^\s:]+)):([0-9]+)\s*$", settings.said)
    if settings.status != 0 or found is None:
        return None
    host, port = found[1] or found[2], int(found[3])
    address, setting = found[0].removeprefix("listen on ").strip(), SETTING[settings.program]
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        return Port(settings.program, address, setting, os.strerror(error.errno or 0), holder(port))
    return Port(settings.program, address, setting)


def holder(port: int, proc: Path = Path("/proc")) -> str | None:
    """The command line of who listens on a TCP port, with its process id (proc(5)); None when that can't be seen."""
    wanted = {f"socket:[{inode}]" for inode in _listening(port, proc)}
    for process in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            if any(os.readlink(file) in wanted for file in (process / "fd").iterdir()):
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"process {process.name}: {words}"
        except OSError:  # it has ended, or is not ours to see
            continue
    return None


def _listening(port: int, proc: Path) -> Iterator[str]:
    for table in (proc / "net" / "tcp", proc / "net" / "tcp6"):
        try:
            rows = [line.split() for line in table.read_text().splitlines()[1:]]
        except OSError:
            continue
        yield from (row[9] for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port)


def certificates(environ: Mapping[str, str], region_file: Path | None) -> Iterator[Certificate]:
    """Each file with certificates that a setting or the region file names."""
    for name in CERTIFICATES:
        if environ.get(name):
            yield _certificate(name, Path(environ[name]))
    for name, path in _named_by(region_file):
        yield _certificate(f"{region_file}: {name}", path)


def _named_by(region_file: Path | None) -> Iterator[tuple[str, Path]]:
    if region_file is None:
        return
    try:
        tables = tomllib.loads(region_file.read_text())
    except (OSError, ValueError):
        return  # the renderer itself says what is wrong with it
    for table, key in (("tls", "certificate"), ("tls", "client_ca"), ("workers", "ca")):
        value = tables.get(table, {}).get(key) if isinstance(tables.get(table), dict) else None
        if isinstance(value, str):
            yield f"{table}.{key}", region_file.parent / value


def _certificate(setting: str, path: Path) -> Certificate:
    try:
        return Certificate(setting, str(path), ends(path.read_text(errors="replace")))
    except OSError as error:
        return Certificate(setting, str(path), trouble=f"it can't be read: {error.strerror}")
    except ValueError as error:
        return Certificate(setting, str(path), trouble=str(error))
