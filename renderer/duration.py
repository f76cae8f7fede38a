"""A length of time as people write it in a region file: `"500ms"`, `"30s"`, `"5m"`."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_LONGEST = 24 * _UNITS["h"]

ALLOWED = 'a whole number above 0 with its unit, ms, s, m or h, as in "500ms" or "30s"; 24h at most'


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time, above zero and up to a day."""

    milliseconds: int

    def __str__(self) -> str:
        """As nginx reads it (nginx manual, "Configuration file measurement units")."""
        whole, rest = divmod(self.milliseconds, 1_000)
        return f"{self.milliseconds}ms" if rest else f"{whole}s"

    def __add__(self, other: "Duration") -> "Duration":
        return Duration(self.milliseconds + other.milliseconds)

    @property
    def seconds(self) -> float:
        return self.milliseconds / 1_000


def parse_duration(text: object) -> Duration:
    """Read one; ValueError says what it must be."""
    found = re.fullmatch(r"([0-9]{1,9})(ms|s|m|h)", text) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"{text!r} is no duration")
    milliseconds = int(found[1]) * _UNITS[found[2]]
    if not 0 < milliseconds <= _LONGEST:
        raise ValueError(f"{text!r} is out of range")
    return Duration(milliseconds)


def _whole_seconds(duration: Duration) -> Duration:
    if duration.milliseconds % 1_000:
        raise ValueError(f"{duration} is no whole number of seconds")
    return duration


def parse_whole_seconds(text: object) -> Duration:
    """As `parse_duration`, but in whole seconds: nginx takes no fraction for `fail_timeout`."""
    return _whole_seconds(parse_duration(text))


AnyDuration = Annotated[Duration, BeforeValidator(parse_duration)]
WholeSeconds = Annotated[Duration, BeforeValidator(parse_whole_seconds)]
