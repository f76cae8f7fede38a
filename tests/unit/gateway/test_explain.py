from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import pytest

from contract.problem import ProblemError
from discovery.dials import Dial
from discovery.instance import Health
from discovery.view import Region
from gateway.choose import Scene
from gateway.explain import explain, parse_ip
from gateway.place import Place
from gateway.policy import Policy
from gateway.queue import Queue
from gateway.rank import rank
from gateway.standing import Standing
from tests.unit.gateway.conftest import make_region

PARIS = Place("203.0.113.7 is in 203.0.113.0/24", (48.9, 2.4))
DRAINED = Policy({"eu-west": Dial(0.0, datetime(2026, 1, 31, 12, tzinfo=UTC), "ann@host")})


def told(regions: dict[str, Region], policy: Policy | None = None, waiting: int = 0, standing: Standing | None = None) -> Any:
    ranked = rank(regions, [PARIS]) or []
    queue: Queue[int] = Queue(5)
    for number in range(waiting):
        queue.join(number, queue.ticket(), "")
    return explain(
        ip_address("203.0.113.7"), [PARIS], ranked, Scene(regions, standing or Standing(), policy or Policy(), 0.0), queue
    )


def test_it_tells_where_a_client_goes_and_why_region_by_region(three: dict[str, Region]) -> None:
    assert told(three, DRAINED) == {
        "ip": "203.0.113.7",
        "places": [{"why": "203.0.113.7 is in 203.0.113.0/24", "location": (48.9, 2.4), "region": None}],
        "goes_to": "us-east",
        "why": "6191 km away (203.0.113.7 is in 203.0.113.0/24)",
        "then": "it is submitted there",
        "regions": [
            {
                "region": "eu-west",
                "place": "779 km away (203.0.113.7 is in 203.0.113.0/24)",
                "takes_tasks": False,
                "why_not": "drained: its dial is 0, set by ann@host at 2026-01-31T12:00:00Z",
            },
            {
                "region": "us-east",
                "place": "6191 km away (203.0.113.7 is in 203.0.113.0/24)",
                "takes_tasks": True,
                "why_not": None,
            },
            {
                "region": "ap-south",
                "place": "7006 km away (203.0.113.7 is in 203.0.113.0/24)",
                "takes_tasks": True,
                "why_not": None,
            },
        ],
    }


def test_it_tells_of_waiting_and_of_refusal(three: dict[str, Region]) -> None:
    assert told(three, waiting=3)["then"] == "it waits its turn, behind 3 tasks"
    assert told(three, waiting=5)["then"] == "it is refused: NO_FREE_SLOT, for 5 tasks wait already"
    full = Standing()
    full.load.in_flight.update(dict.fromkeys(three, 10))
    assert told(three, standing=full)["goes_to"] is None
    assert told(three, standing=full)["then"] == "it waits its turn, behind 0 tasks"
    dead = {"eu-west": make_region("eu-west", endpoint=Health.CRITICAL)}
    assert (told(dead)["goes_to"], told(dead, waiting=3)["then"]) == (None, "it is refused: NO_REGION")
    assert told({})["regions"] == []


def test_an_address_is_read_as_a_clients_is() -> None:
    assert parse_ip("::ffff:203.0.113.7") == ip_address("203.0.113.7")


@pytest.mark.parametrize("text", ["", "paris", "203.0.113", "203.0.113.7/24", "203.0.113.7, 1.2.3.4"])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_ip(text)
    assert (caught.value.problem.status, "ip" in caught.value.problem.detail) == (400, True)
