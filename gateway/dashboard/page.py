"""The page as HTML: all that is shown stands in it at once, so that it serves without JavaScript, and the first look waits for
nothing. Every row is made by `rows.html`, here and, from its `<template>`, by the page's script.

Pure but for the templates, which are read once.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from gateway.dashboard.projection import HEIGHT, WIDTH
from gateway.dashboard.summary import START

UNKNOWN = "\u2013"
"""A dash, where a figure is not known."""

TEMPLATES = Path(__file__).parents[2] / "templates" / "dashboard"

NOBODY: Mapping[str, Any] = {"state": "well", "health": {}, "workers": {}, "in_flight": 0, "limit": 0, "refused": ""}
"""A region of which nothing is known yet, for the template of a row."""

WORKER_MARKS = {"passing": "well", "warning": "full", "critical": "unhealthy"}
HAPPENED_MARKS = {"bad": "unhealthy", "good": "well", "dial": "dial"}


def page(picture: Mapping[str, Any], **more: Any) -> str:
    """The dashboard. `more`: may_dial, signed_in, opened (a region whose workers are shown), tasks, wanted and tasks_from."""
    given = {"p": picture, "f": figures(picture), "nobody": NOBODY, "start": START, "width": WIDTH, "height": HEIGHT, **more}
    return _PAGE.render(given)


def sign_in(fault: str = "") -> str:
    """The form that asks for a key."""
    return _SIGN_IN.render({"fault": fault})


def figures(picture: Mapping[str, Any]) -> dict[str, str]:
    """The page's large numbers, as words."""
    regions, minute, money = picture["regions"].values(), picture["minute"], picture["money"]
    return {
        "in_flight": count(sum(one["in_flight"] for one in regions)),
        "slots": count(sum(one["limit"] for one in regions)),
        "minute": count(sum(minute.values())),
        "minute_solved": count(minute.get("solved", 0)),
        "money_since": "today" if money.get("from") == "ledger" else "since the start",
        **{name: count(money.get(name, 0)) for name in ("submitted", "solved", "failed", "unknown")},
    }


def count(number: int) -> str:
    """A whole number with a thin space between thousands (ISO 80000-1 §7.3.1)."""
    return f"{number:,}".replace(",", "\u2009")


def share(part: Any, whole: Any) -> str:
    """`part` of `whole` in percent, 100 at most."""
    numbers = isinstance(part, int) and isinstance(whole, int)
    return f"{min(100.0, 100 * part / whole):.4g}" if numbers and whole else "0"


def age(then: Any, at: float) -> str:
    """How long ago a moment was."""
    return _length(max(0, round(at - then))) if isinstance(then, int | float) else UNKNOWN


def _length(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _clock(at: Any) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S") if isinstance(at, int | float) else ""


def _ms(milliseconds: Any) -> str:
    return f"{milliseconds:g} ms" if isinstance(milliseconds, int | float) else UNKNOWN


def _seconds(seconds: Any) -> str:
    return f"{seconds:.1f} s" if isinstance(seconds, int | float) else UNKNOWN


def _dial(dial: Any) -> str:
    return f"{dial['share']:.0%}".replace("%", " %") if isinstance(dial, Mapping) else "100 %"


def _dialled(dial: Any) -> str:
    if not isinstance(dial, Mapping):
        return "never set"
    why = f": {dial['why']}" if dial["why"] else ""
    return f"set by {dial['by']}, {datetime.fromtimestamp(dial['at'], UTC):%Y-%m-%d %H:%M:%S} UTC{why}"


def _workers(health: Mapping[str, int]) -> str:
    told = [f"{number} {word}" for word, number in sorted(health.items()) if word != "passing"]
    return ", ".join([str(sum(health.values())), *told])


def _environment() -> Environment:
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.globals.update(share=share, age=age)
    made.filters.update(
        clock=_clock,
        ms=_ms,
        seconds=_seconds,
        dial=_dial,
        dialled=_dialled,
        workers=_workers,
        worker_mark=lambda health: WORKER_MARKS.get(str(health), "unhealthy"),
        happened_mark=lambda kind: HAPPENED_MARKS.get(str(kind), "gone"),
    )
    return made


_TEMPLATES = _environment()
_PAGE, _SIGN_IN = _TEMPLATES.get_template("page.html"), _TEMPLATES.get_template("sign_in.html")
