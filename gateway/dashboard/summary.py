"""The state of everything in one sentence: what somebody woken at night reads first.

Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from discovery.view import Known, View
from gateway.choose import Against, Passed

START = (
    "No region is up yet. Start a region's endpoint and a worker of it, each with CONSUL_HTTP_ADDR: "
    "nearway renderer regions/us-east.toml, and REGION=us-east nearway worker"
)


@dataclass(frozen=True, slots=True)
class Summary:
    """`mood` is well, warn or bad."""

    mood: str
    text: str


def summary(view: View, against: Mapping[str, Passed | None], waiting: int, away: str | None) -> Summary:
    """From what speaks against each region; `away` is why the ledger can't be written."""
    if not against:
        return _nothing(view)
    found = _of_regions(against, waiting)
    if away is None:
        return found
    return Summary("bad", f"The ledger can't be written: {away}. {found.text}")


def _nothing(view: View) -> Summary:
    if any(isinstance(answer, Known) for answer in view.answers.values()):
        return Summary("bad", START)
    trouble = next((answer.trouble for answer in view.answers.values() if answer.trouble), None)
    heard = f" ({trouble})" if trouble else ""
    return Summary("bad", f"Consul has not answered yet{heard}: is it running, and does CONSUL_HTTP_ADDR name it?")


def _of_regions(against: Mapping[str, Passed | None], waiting: int) -> Summary:
    bad = {name: one.why for name, one in against.items() if one and one.kind is Against.UNHEALTHY}
    drained = [name for name, one in against.items() if one and one.kind is Against.DRAINED]
    full = [name for name, one in against.items() if one and one.kind is Against.FULL]
    queue = f", and {_tasks(waiting)}" if waiting else ""
    if len(bad) + len(drained) == len(against):
        return Summary("bad", f"No region takes tasks: {_why(bad, drained)}")
    if bad:
        return Summary("bad", f"{_count(bad, against)} {'takes' if len(bad) == 1 else 'take'} no tasks: {_why(bad, drained)}")
    if len(full) + len(drained) == len(against):
        return Summary("warn", f"Every region that takes tasks is full{queue}{_aside(drained)}")
    if drained:
        return Summary("warn", f"{_names(drained)} {'is' if len(drained) == 1 else 'are'} drained; the others take tasks")
    if waiting:
        return Summary("warn", f"{_tasks(waiting)}".capitalize())
    return Summary("well", f"{'The region takes' if len(against) == 1 else f'All {len(against)} regions take'} tasks")


def _why(bad: Mapping[str, str], drained: list[str]) -> str:
    name, why = next(iter(bad.items()), ("", ""))
    if not bad:
        return f"{_names(drained)} {'is' if len(drained) == 1 else 'are'} drained"
    told = f"{name}, {why}" if len(bad) == 1 else f"{_names(list(bad))}"
    return told + _aside(drained)


def _aside(drained: list[str]) -> str:
    return f"; {_names(drained)} {'is' if len(drained) == 1 else 'are'} drained" if drained else ""


def _count(bad: Mapping[str, str], against: Mapping[str, Passed | None]) -> str:
    return f"{len(bad)} of {len(against)} regions"


def _names(names: list[str]) -> str:
    if len(names) > 3:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _tasks(waiting: int) -> str:
    return "1 task waits for a slot" if waiting == 1 else f"{waiting} tasks wait for a slot"
