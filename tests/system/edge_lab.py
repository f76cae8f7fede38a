"""A program of ours as a client with bad manners meets it."""

import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_ports
from tests.system.lab import KEY, READY, Program
from tests.system.wire import LAST, Wire


@dataclass
class Edge:
    """A program, its port, and how a client speaks TLS there."""

    program: Program
    port: int
    tls: ssl.SSLContext | None = None

    def wire(self, seconds: float = 10, *, small: bool = False) -> Wire:
        return Wire(self.port, seconds, small=small, tls=self.tls)

    def silent(self) -> Wire:
        """A connection on which nothing is said, not even a handshake."""
        return Wire(self.port)

    def connections(self) -> int:
        """Its open connections: established, or closed by the other side only (proc(5), /proc/net/tcp)."""
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(row[1].endswith(f":{self.port:04X}") and row[3] in ("01", "08") for row in rows)

    def files(self) -> int:
        """How many it has open."""
        return len(list(Path(f"/proc/{self.program.process.pid}/fd").iterdir()))

    def answers(self) -> float:
        """Seconds until it has answered somebody else."""
        with self.wire() as wire:
            heard = wire.say(LAST).hear()
            assert heard is not None
            assert heard.status == 200
            return wire.seconds


def wait_until(true: Callable[[], bool], seconds: float = READY) -> None:
    """TimeoutError when it does not come about."""
    given_up = time.monotonic() + seconds
    while not true():
        if time.monotonic() > given_up:
            raise TimeoutError("what the test waits for does not come about")
        time.sleep(0.05)


@contextmanager
def running(folder: Path, module: str, *, files: int = 0, tls: ssl.SSLContext | None = None, **environ: str) -> Iterator[Edge]:
    """A program that knows no Consul: what is tested comes before all of that. At its end no fault is in its log.

    With `files` it may have only so many open.
    """
    (port,) = free_ports(1)
    fixed = {"PORT": str(port), "CONSUL_HTTP_ADDR": "127.0.0.1:1", "CONSUL_REGISTER": "false", "LEDGER_URL": "none"}
    own = {"CAPTCHAAI_API_KEY": KEY, "CAPTCHAAI_URL": "http://127.0.0.1:1", "REGION": "us-east"} if module == "worker" else {}
    fewer = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files}))" if files else ""
    code = f"{fewer}\nimport runpy, sys; sys.argv = ['{module}']; runpy.run_module('{module}', run_name='__main__')"
    program = Program.start(folder / f"{module}.{port}.log", ["-c", code], {**fixed, **own, **environ})
    edge = Edge(program, port, tls)

    def up() -> bool:
        assert program.process.poll() is None, program.said()
        try:
            return edge.answers() > 0
        except ConnectionError:
            return False

    try:
        wait_until(up)
        yield edge
    finally:
        program.kill()
    assert not re.search(r'Traceback|"level": "(?:error|critical)"|Exception', program.said()), program.said()
