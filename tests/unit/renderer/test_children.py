import os
import subprocess
import sys
from pathlib import Path

import pytest

from renderer.children import leaving, serving

TITLES = ["nginx: worker process", "nginx: worker process is shutting down", "nginx: cache manager process"]


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="the system has no /proc")
def test_processes_are_told_apart_by_what_they_call_themselves() -> None:
    children = [
        subprocess.Popen([title, "-c", "input()"], executable=sys.executable, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for title in TITLES
    ]
    try:
        one, other, _ = (child.pid for child in children)
        mine = {child.pid for child in children}
        while not all(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in mine):
            pass  # begun, and for a moment the kernel does not know yet what they call themselves
        assert serving(os.getpid()) & mine == {one}
        assert leaving(os.getpid()) & mine == {other}
    finally:
        for child in children:
            child.communicate(b"\n")


def test_nobody_is_seen_of_a_master_that_is_gone() -> None:
    assert (serving(2**22 + 1), leaving(2**22 + 1)) == (set(), set())
