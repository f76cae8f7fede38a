"""What is to be registered, as the command line says it.

Pure.
"""

import re
from dataclasses import dataclass

PATIENCE = 2.0
"""Seconds a health check may take."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A worker, and the `command` that is run for it, if any.

    `url` is where others reach it, `interval` the seconds between two looks at its `health`, `start` and `drain` the seconds
    the command may take until its health answers, and to end once it was told to.
    """

    url: str
    region: str
    slots: int
    weight: int = 1
    backup: bool = False
    resumable: bool = False
    health: str = "/health"
    interval: float = 1.0
    start: float = 60.0
    drain: float = 310.0
    command: tuple[str, ...] = ()

    @property
    def health_url(self) -> str:
        """What is looked at."""
        return self.url + self.health

    @property
    def ttl(self) -> float:
        """Seconds a report counts: two looks may fail to reach Consul before the worker is taken for dead."""
        return 3 * (self.interval + PATIENCE)


def parse_interval(text: str) -> float:
    """`"1s"`, `"500ms"` in seconds; ValueError says what is wrong."""
    found = re.fullmatch(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)(ms|s)", text)
    seconds = float(found[1]) / (1000 if found[2] == "ms" else 1) if found else 0.0
    if not 0.2 <= seconds <= 10:
        raise ValueError(f"{text!r} is not a duration from 200ms to 10s, like 1s")
    return seconds


def parse_path(text: str) -> str:
    """A path of the program; ValueError says what is wrong."""
    if not re.fullmatch(r"/[A-Za-z0-9._~/?=&%-]{0,200}", text):
        raise ValueError(f"{text!r} is not a path like /health")
    return text
