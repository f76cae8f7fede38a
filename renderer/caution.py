"""The table [renderer] of a region file: how quickly Consul's news reach nginx, and when they are doubted first."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

from renderer import duration
from renderer.duration import AnyDuration, Duration, parse_duration
from renderer.tables import Table


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a change waits for quiet: `least` after the last change, but never longer than `most` after the first."""

    least: Duration
    most: Duration

    def __str__(self) -> str:
        return f"{self.least}:{self.most}"


def parse_wait(text: object) -> Wait:
    """`"200ms:2s"`; ValueError says what is wrong."""
    least, colon, most = text.partition(":") if isinstance(text, str) else ("", "", "")
    if not colon:
        raise ValueError(f"{text!r} is no pair of durations")
    wait = Wait(parse_duration(least), parse_duration(most))
    if wait.least > wait.most:
        raise ValueError(f"{text!r} has its shorter time last")
    return wait


class Pace(Table):
    """When a change goes out."""

    wait: Annotated[Wait, BeforeValidator(parse_wait)] = Field(
        Wait(Duration(200), Duration(2_000)),
        description='for how long additions wait for quiet, "least:most" as in "200ms:2s", each ' + duration.ALLOWED,
    )
    spacing: AnyDuration = Field(
        Duration(500), description="the least time from one reload to the next, removals included: " + duration.ALLOWED
    )


class Caution(Pace):
    """And which changes are held back for a while."""

    share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="the share of the workers that may leave at once while Consul or their agent is in doubt: 0 to 1",
    )
    hold: AnyDuration = Field(
        Duration(3_500),
        description="for how long a doubted removal is held; above the interval of the workers' checks: " + duration.ALLOWED,
    )
    floor: int = Field(
        0, ge=0, le=100_000, description="a removal that leaves fewer workers than this is held like a doubted one: 0 to 100000"
    )
    old_processes: int = Field(
        32,
        ge=2,
        le=10_000,
        description="with so many nginx processes of before reloads, reloads come 10s apart: 2 to 10000",
    )
