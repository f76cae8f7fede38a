"""`/explain`: where a client's task would go now, and why, region by region. By the functions that decide; no task is made.

Pure.
"""

from collections.abc import Sequence
from typing import Any

from contract.problem import ProblemError, problem
from gateway.choose import Choice, Scene, choose, objection
from gateway.place import Address, Place, client_address
from gateway.queue import Queue
from gateway.rank import Ranked


def parse_ip(text: str) -> Address:
    """The address asked about; ProblemError when it is none."""
    try:
        return client_address(text, (), ())
    except ValueError:
        raise ProblemError(problem("BAD_REQUEST", f"ip {text!r} is no IP address: ask like /explain?ip=203.0.113.7")) from None


def explain(
    address: Address,
    places: Sequence[Place],
    ranked: Sequence[Ranked],
    scene: Scene,
    queue: Queue[Any],
) -> dict[str, object]:
    """As JSON. Of `places` the first that applies has made the order `ranked`."""
    choice = choose(ranked, scene)
    return {
        "ip": str(address),
        "places": [{"why": one.why, "location": one.location, "region": one.region} for one in places],
        "goes_to": choice.endpoint.region if choice.endpoint else None,
        "why": choice.why,
        "then": _then(choice, queue),
        "regions": [_row(one, scene) for one in ranked],
    }


def _then(choice: Choice, queue: Queue[Any]) -> str:
    if choice.endpoint is None and not choice.is_worth_waiting:
        return "it is refused: NO_REGION"
    if choice.endpoint and queue.first() is None:
        return "it is submitted there"
    if queue.is_full:
        return f"it is refused: NO_FREE_SLOT, for {len(queue)} tasks wait already"
    return f"it waits its turn, behind {len(queue)} tasks"


def _row(ranked: Ranked, scene: Scene) -> dict[str, object]:
    against = objection(scene.regions[ranked.region], scene)
    return {
        "region": ranked.region,
        "place": ranked.why,
        "takes_tasks": against is None,
        "why_not": against.why if against else None,
    }
