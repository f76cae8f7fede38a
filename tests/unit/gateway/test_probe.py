import asyncio
import logging
from typing import cast

import pytest

from discovery.instance import Health, Instance
from discovery.query import Service
from discovery.records import REGION_ENDPOINTS
from discovery.view import View
from gateway.evidence import Answer, Evidence, NotSent
from gateway.exchange import Exchange
from gateway.probe import Prober
from gateway.roundtrip import RoundTrips

META = {"region": "us-east", "title": "US East", "location": "0,0", "url": "https://10.0.0.1:1"}
ENDPOINT = Instance("dc1", "n", REGION_ENDPOINTS, "r", "10.0.0.1", 1, Health.PASSING, META)
VIEW = View().answered(Service("dc1", REGION_ENDPOINTS), (ENDPOINT,), 0.0)
GOOD = Answer(200, {}, b"{}")


class Scripted:
    """Answers probes with what it was given, then ends them."""

    def __init__(self, *found: Evidence) -> None:
        self._found = list(found)

    async def get(self, url: str, headers: object, seconds: float) -> Evidence:
        assert url == "https://10.0.0.1:1/region"
        if not self._found:
            raise asyncio.CancelledError
        return self._found.pop(0)


async def probed(*found: Evidence) -> RoundTrips:
    async def at_once(_: float) -> None:
        pass

    trips = RoundTrips()
    with pytest.raises(asyncio.CancelledError):
        await Prober(lambda: VIEW, cast(Exchange, Scripted(*found)), trips, clock=lambda: 0.0, sleep=at_once).run()
    return trips


async def test_why_a_region_does_not_answer_is_said_once_each_time_it_begins(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    trips = await probed(NotSent("no certificate of ours"), NotSent("again"), NotSent("again"), GOOD, Answer(403, {}, b"{}"))
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == ["no certificate of ours", "403"]
    assert trips.misses == {"us-east": 1}
