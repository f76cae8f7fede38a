import asyncio
import logging
from typing import cast

import pytest

from attempt.evidence import Answer, Evidence, Lost, NotSent
from attempt.exchange import Exchange
from contract.token import CHALLENGE
from discovery.instance import Health, Instance
from discovery.query import Service
from discovery.records import REGION_ENDPOINTS
from discovery.view import View
from gateway.probe import LATE, PATIENCE, Prober
from gateway.roundtrip import MISSES, RoundTrips

META = {"region": "us-east", "title": "US East", "location": "0,0", "url": "https://10.0.0.1:1"}
ENDPOINT = Instance("dc1", "n", REGION_ENDPOINTS, "r", "10.0.0.1", 1, Health.PASSING, META)
VIEW = View().answered(Service("dc1", REGION_ENDPOINTS), (ENDPOINT,), 0.0)
GOOD = Answer(200, {}, b"{}")


class Scripted:
    """Answers probes with what it was given, each after so many seconds."""

    def __init__(self, *found: Evidence, seconds: float) -> None:
        self.left, self._seconds = list(found), seconds
        self.now = 0.0

    async def get(self, url: str, headers: object, seconds: float) -> Evidence:
        assert url == "https://10.0.0.1:1/region"
        self.now += self._seconds
        return self.left.pop(0)

    async def sleep(self, seconds: float) -> None:
        """As long as the probe takes; ended once nothing is left to answer."""
        await asyncio.sleep(0)
        if not self.left:
            raise asyncio.CancelledError


async def probed(*found: Evidence, seconds: float = 0.1) -> tuple[RoundTrips, list[str]]:
    """What is known afterwards, and what was told: which region is cut off, and that one no longer is."""
    trips, told, script = RoundTrips(), list[str](), Scripted(*found, seconds=seconds)
    prober = Prober(
        lambda: VIEW,
        cast(Exchange, script),
        trips,
        cut_off=told.append,
        recovered=lambda: told.append("recovered"),
        clock=lambda: script.now,
        sleep=script.sleep,
    )
    with pytest.raises(asyncio.CancelledError):
        await prober.run()
    return trips, told


async def test_why_a_region_does_not_answer_is_said_once_each_time_it_begins(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    trips, _ = await probed(NotSent("no certificate of ours"), NotSent("again"), NotSent("again"), GOOD, Answer(403, {}, b"{}"))
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == ["no certificate of ours", "again", "403"]
    assert trips.misses == {"us-east": 1}


async def test_that_a_region_is_cut_off_and_no_longer_is_is_told_once_each_time() -> None:
    lost = [Lost("no answer")] * (MISSES + 2)
    _, told = await probed(*lost, GOOD, GOOD, *lost)
    assert told == ["us-east", "recovered", "us-east"]
    assert (await probed(*lost[: MISSES - 1], GOOD, *lost[: MISSES - 1]))[1] == []


async def test_a_probe_that_took_too_long_by_far_says_nothing_of_the_region_for_this_process_was_held_up() -> None:
    lost = [Lost("no answer")] * MISSES
    assert (await probed(*lost, seconds=PATIENCE + LATE))[1] == []
    assert (await probed(*lost, seconds=PATIENCE))[1] == ["us-east"]


async def test_a_region_that_refuses_our_token_is_cut_off_and_the_reason_told(caplog: pytest.LogCaptureFixture) -> None:
    refused = Answer(401, {"www-authenticate": CHALLENGE}, b'{"error": "TOKEN_REQUIRED"}')
    trips, told = await probed(*[refused] * MISSES, GOOD, *[refused] * MISSES)
    assert told == ["us-east", "recovered", "us-east"]
    assert "401 TOKEN_REQUIRED: see REGION_TOKEN" in trips.why["us-east"]
    assert "REGION_TOKEN" in caplog.text
