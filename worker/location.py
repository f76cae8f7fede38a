"""The address under which any worker of any region answers for a task: it carries all that this takes."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from worker.methods import KINDS, Kind
from worker.reply import ID

SKEW = 60.0
"""Seconds the clocks of two workers may differ."""

OLDEST = 86_400.0
"""Seconds for which a location is answered; the API keeps no solution so long."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A task the API has accepted. `submitted` is in Unix seconds."""

    captcha_id: str
    kind: Kind
    submitted: float

    @property
    def location(self) -> str:
        """Path and query."""
        return f"/tasks/{self.captcha_id}?kind={self.kind.name}&submitted={self.submitted:.3f}"


def parse_location(captcha_id: str, query: str, now: float) -> Receipt:
    """The receipt that a location's parts stand for; `now` in Unix seconds. ValueError says what is wrong with them."""
    if not ID.fullmatch(captcha_id):
        raise ValueError("A task's id is 1 to 40 digits")
    asked = parse_qs(query, keep_blank_values=True, max_num_fields=20)
    kind = KINDS.get(_one(asked, "kind"))
    if kind is None:
        raise ValueError(f"'kind' is not one of {', '.join(KINDS)}: use the Location as it was given")
    submitted = _one(asked, "submitted")
    if not re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,6})?", submitted) or float(submitted) > now + SKEW:
        raise ValueError("'submitted' is not a time in Unix seconds that has been: use the Location as it was given")
    if float(submitted) < now - OLDEST:
        raise ValueError("The task is over a day old, and its solution no longer kept")
    return Receipt(captcha_id, kind, float(submitted))


def _one(asked: dict[str, list[str]], name: str) -> str:
    values = asked.get(name, [])
    if len(values) != 1:
        raise ValueError(f"{name!r} is not there just once: use the Location as it was given")
    return values[0]
