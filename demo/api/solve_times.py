"""How long a task takes and how it ends, drawn once, when it is accepted."""

import math
from enum import StrEnum
from random import Random

from demo.api.order import Order
from demo.api.switches import SolveTime, Switches

SHORTEST, LONGEST = 5.0, 120.0
"""Seconds at speed 1."""
GIVEN_UP_AFTER = 300.0
"""Seconds at speed 1 that a task which is never ready holds its thread."""
PROXY_FAILS_AFTER = 10.0
"""Seconds at speed 1 until a proxy that cannot be reached is told of."""


class End(StrEnum):
    """How a task ends."""

    SOLVED = "solved"
    UNSOLVABLE = "unsolvable"
    NEVER_READY = "never_ready"
    PROXY_FAILED = "proxy_failed"


def draw_end(order: Order, switches: Switches, random: Random) -> End:
    """A bad proxy first, then the shares of the switches."""
    if order.proxy_host and order.proxy_host in switches.bad_proxies:
        return End.PROXY_FAILED
    draw = random.random()
    if draw < switches.unsolvable:
        return End.UNSOLVABLE
    return End.NEVER_READY if draw < switches.unsolvable + switches.never_ready else End.SOLVED


def draw_seconds(order: Order, end: End, switches: Switches, random: Random) -> float:
    """Real seconds on a thread: what the page asks for, else a draw through the speed factor."""
    drawn = _drawn(order, switches.solve_time, random)
    if end is End.NEVER_READY:
        return GIVEN_UP_AFTER / switches.speed
    if order.page.seconds is not None:
        return order.page.seconds
    return (PROXY_FAILS_AFTER if end is End.PROXY_FAILED else drawn) / switches.speed


def _drawn(order: Order, kind: SolveTime, random: Random) -> float:
    median, spread = order.method.median, order.method.spread
    match kind:
        case SolveTime.FIXED:
            seconds = median
        case SolveTime.NORMAL:
            seconds = random.gauss(median, median * spread)
        case SolveTime.LOGNORMAL:
            seconds = random.lognormvariate(math.log(median), spread)
    return min(max(seconds, SHORTEST), LONGEST)
