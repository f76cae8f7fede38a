"""What is measured: something that answers `POST /solve`, and the process whose work that is."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from demo.layout import HOST
from demo.processes import die_with_parent, family
from demo.tools import find_tools
from tests.integration.consul_lab import eventually
from tests.ports import free_ports
from tests.system.whole import Whole

ALONE, OTHERS = {1}, {0}
"""The core of what is measured, and that of everything else: clients, stand-ins, nginx in between, Consul."""


@dataclass(frozen=True)
class Subject:
    """`pid` is None for the worker itself, which is what the others are compared with."""

    name: str
    port: int
    pid: int | None = None


NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr warn; worker_rlimit_nofile 20000;
events {{ worker_connections 16000; }}
http {{
  access_log off;
  {temp}
  upstream solve {{ server {host}:{to}; keepalive 256; }}
  server {{
    listen {host}:{port} backlog=4096; keepalive_requests 1000000; proxy_read_timeout 310s;
    location / {{ proxy_pass http://solve; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""
HAPROXY = """
global
  nbthread 1
  maxconn 9000
defaults
  mode http
  timeout connect 2s
  timeout client 310s
  timeout server 310s
frontend tasks
  bind {host}:{port}
  default_backend solve
backend solve
  server worker {host}:{to} maxconn 9000
"""


def pin(here: Whole, subject: Subject) -> None:
    """The subject gets a core, and everything else, this process too, the other."""
    if (os.cpu_count() or 1) < len(ALONE | OTHERS):
        return
    os.sched_setaffinity(0, OTHERS)
    for process in here.system.processes.values():
        for pid in process.family():
            _pin(pid, OTHERS)
    if subject.pid is not None:
        _pin(subject.pid, ALONE)


def gateway(here: Whole, name: str) -> Subject:
    """The gateway of a system."""
    process = here.system.processes["gateway"]
    return Subject(name, process.program.ports[0], process.group)


def worker(here: Whole) -> Subject:
    """The worker that tasks from near the first region reach."""
    return Subject("worker", here.system.processes["worker-us-east-1"].program.ports[0])


@contextmanager
def peers(here: Whole, folder: Path) -> Iterator[list[Subject]]:
    """nginx and HAProxy, each in front of the same worker."""
    to = worker(here).port
    with ExitStack() as running:
        yield [running.enter_context(_nginx(folder, to)), running.enter_context(_haproxy(folder, to))]


@contextmanager
def _nginx(folder: Path, to: int) -> Iterator[Subject]:
    (port,) = free_ports(1)
    config = folder / "peer.conf"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temp = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    config.write_text(NGINX.format(folder=folder, temp=temp, host=HOST, port=port, to=to))
    with _running([find_tools().nginx, "-e", "stderr", "-p", str(folder), "-c", str(config)]) as process:
        yield Subject("nginx alone", port, process.pid)


@contextmanager
def _haproxy(folder: Path, to: int) -> Iterator[Subject]:
    (port,) = free_ports(1)
    config = folder / "peer.cfg"
    config.write_text(HAPROXY.format(host=HOST, port=port, to=to))
    with _running(["haproxy", "-db", "-f", str(config)]) as process:
        yield Subject("HAProxy alone", port, process.pid)


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _pin(head: int, cores: set[int]) -> None:
    for pid in family(head):
        with suppress(ProcessLookupError):
            os.sched_setaffinity(pid, cores)


async def is_up(subject: Subject) -> None:
    """Until it takes connections."""

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, subject.port)) == 0

    await eventually(listens, subject.name)
