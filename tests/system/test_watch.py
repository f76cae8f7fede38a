"""`nearway watch` of a real gateway, on a terminal and on none, through the gateway's death."""

import asyncio
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.integration.consul_lab import eventually
from tests.system.gateway_lab import GatewayLab, gateway_lab
from tests.system.lab import READY, Program

HOME = Path(__file__).resolve().parents[2]
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


async def test_on_no_terminal_it_is_a_line_for_each_change(lab: GatewayLab) -> None:
    region = await lab.region("eu-west")
    gateway = await lab.gateway()
    await lab.takes(gateway, "eu-west")
    watch = Program.start(lab.folder / "watch", ["-m", "nearway", "watch"], {"NEARWAY_URL": gateway.url})
    try:
        await lines(watch, r"Z eu-west: it is new, well$")
        await region.stop()
        await lines(watch, r"Z eu-west: well, now unhealthy: it does not answer this gateway's probes: .+$")
        port = gateway.url.rpartition(":")[2]
        gateway.program.kill()
        await lines(watch, r"Z no gateway answers at .*: nobody listens there")
        await region.start()
        await lab.gateway(wait=False, port=port)  # as another one: the lab asks at a port of its own choice
        await lines(watch, r"Z the gateway answers again$", r"Z eu-west: unhealthy, now well$")
        watch.process.send_signal(signal.SIGINT)
        assert await watch.ended() == 0
        assert "Traceback" not in watch.said()
    finally:
        watch.kill()


async def lines(watch: Program, *wanted: str) -> None:
    """Until there are lines like these."""
    await eventually(lambda: all(re.search(one, watch.said(), re.M) for one in wanted), f"lines like {wanted}", READY)


@dataclass
class Terminal:
    """What a program shows on one, as it came."""

    process: subprocess.Popen[bytes]
    shown: bytearray = field(default_factory=bytearray)

    def has(self, text: str) -> Callable[[], bool]:
        return lambda: text.encode() in self.shown

    def has_ended(self) -> bool:
        return self.process.poll() is not None


async def test_on_a_terminal_it_is_a_table_that_lives_and_leaves_the_terminal_as_it_was(lab: GatewayLab) -> None:
    await lab.region("eu-west")
    gateway = await lab.gateway()
    await lab.takes(gateway, "eu-west")
    for number, status in ((signal.SIGINT, 0), (signal.SIGTERM, 128 + signal.SIGTERM)):
        terminal = start_watch(gateway.url)
        try:
            await eventually(terminal.has("1 of 1 regions take tasks"), "the first table", READY)
            assert HIDE.encode() in terminal.shown
            if number is signal.SIGTERM:
                gateway.program.kill()
                await eventually(terminal.has("what was known before:"), "the table of before", READY)
            terminal.process.send_signal(number)
            await eventually(terminal.has_ended, "its end", READY)
            await eventually(terminal.has(SHOW), "the cursor")
        finally:
            terminal.process.kill()
        assert terminal.process.wait() == status
        assert not terminal.has("Traceback")()


def start_watch(url: str) -> Terminal:
    """`nearway watch` on a terminal of its own."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "NEARWAY_URL": url, "TERM": "xterm-256color", "COLUMNS": "160", "LINES": "40"}
    command = [sys.executable, "-m", "nearway", "watch"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, cwd=HOME)
    os.close(theirs)
    made = Terminal(process)

    def came() -> None:
        try:
            made.shown.extend(os.read(ours, 65_536))
        except OSError:  # nobody has the other end any more
            asyncio.get_running_loop().remove_reader(ours)
            os.close(ours)

    asyncio.get_running_loop().add_reader(ours, came)
    return made
