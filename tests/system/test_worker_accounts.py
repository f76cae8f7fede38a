"""A thousand tasks through one worker while everything goes wrong: whoever counts, client, worker or API, counts the same."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from demo.api.solutions import token
from tests.system.lab import Lab, Served, task

TASKS = 1000
AT_ONCE = 300
ASYNC = {"Prefer": "respond-async, wait=0"}

FAULTS = {
    "reset_before_rate": 0.04,
    "reset_after_rate": 0.04,
    "server_error_rate": 0.04,
    "server_error_status": 502,
    "server_error_body": "html",
    "body": "html_502",
    "body_rate": 0.04,
    "slow_body_rate": 0.04,
    "slow_body_seconds": 0.3,
}
"""A fifth of all requests meets one: `server_error` before the task is taken, `body` after."""

SATURATION = {
    "queue": {"threads": 150, "queue_limit": 100_000},
    "zero_balance": {"threads": 60},
    "no_slot": {"threads": 60},
    "http_429": {"threads": 60},
}

pytestmark = pytest.mark.timeout(150)


@dataclass(frozen=True)
class Told:
    """What a client was told in the end."""

    name: str
    page: str
    first_status: int
    status: int
    submitted: str
    body: dict[str, Any]


async def carry(worker: Served, number: int, turns: asyncio.Semaphore) -> Told:
    """One client; every second one asks for a location and waits there."""
    name, given = f"t{number}", task(f"t{number}", 0.2 + number % 10 / 20)
    async with turns:
        status, headers, body = await worker.ask("POST", "/solve", given, ASYNC if number % 2 else None)
        first, where = status, headers.get("Location", "")
        while status == 202:
            status, headers, body = await worker.get(where, wait=60)
    return Told(name, given["pageurl"], first, status, headers["Task-Submitted"], body)


@pytest.mark.parametrize("saturation", SATURATION)
async def test_client_worker_and_api_agree_to_the_task(here: Lab, saturation: str) -> None:
    api = await here.api(seed=7, unsolvable=0.02, saturation=saturation, **SATURATION[saturation], **FAULTS)
    worker = await here.worker(api.url, api_speed=40, submit_patience=1)
    turns = asyncio.Semaphore(AT_ONCE)
    told = await asyncio.gather(*(carry(worker, number, turns) for number in range(TASKS)))
    witness = (await api.get("/witness"))[2]
    _the_client_was_told_the_truth(told, witness)
    await _the_worker_counts_the_same(worker, told, witness)
    _enough_went_wrong(told, witness, saturation)


def _the_client_was_told_the_truth(told: list[Told], witness: dict[str, Any]) -> None:
    submissions: dict[str, int] = witness["submissions"]
    allowed = {"no": (0,), "yes": (1,), "unknown": (0, 1)}
    wrong = [(one, submissions.get(one.name, 0)) for one in told if submissions.get(one.name, 0) not in allowed[one.submitted]]
    assert wrong == []
    assert set(submissions) <= {one.name for one in told}
    solved = [one for one in told if one.status == 200]
    for one in solved:
        assert one.submitted == "yes"
        assert one.body["solution"] == token(one.body["captcha_id"], one.page, one.name)
    assert {one.name for one in solved} <= set(witness["answered"])
    assert {one.body["error"] for one in told if one.submitted == "yes" and one.status != 200} <= {"ERROR_CAPTCHA_UNSOLVABLE"}
    assert set(witness["polls"]) == {one.name for one in told if one.submitted == "yes"}


async def _the_worker_counts_the_same(worker: Served, told: list[Told], witness: dict[str, Any]) -> None:
    ends = Counter(one.submitted for one in told)

    async def outcome(name: str) -> float:
        return await worker.metric(f'nearway_worker_submissions_total{{method="turnstile",outcome="{name}"}}')

    assert await outcome("accepted") == ends["yes"]
    assert await outcome("lost") + await outcome("unreadable") == ends["unknown"]
    assert await outcome("notsent") == 0
    assert await outcome("refused") <= sum(witness["refused"].values())
    taken_unheard = [one for one in told if one.submitted == "unknown" and one.name in witness["submissions"]]
    assert witness["accepted"] == witness["tasks"] == ends["yes"] + len(taken_unheard)
    assert await worker.metric("nearway_worker_solve_seconds_count") == sum(one.status == 200 for one in told)
    for status, count in Counter(one.first_status for one in told).items():
        assert await worker.metric(f'nearway_worker_requests_total{{path="/solve",status="{status}"}}') == count
    assert (await worker.metric("nearway_worker_active_tasks"), await worker.metric("nearway_worker_abandoned_total")) == (0, 0)


def _enough_went_wrong(told: list[Told], witness: dict[str, Any], saturation: str) -> None:
    """Without this a worker that is never put to the test would pass."""
    unheard = Counter(one.name in witness["submissions"] for one in told if one.submitted == "unknown")
    assert min(unheard[True], unheard[False]) >= 20
    assert sum(one.status == 200 for one in told) >= 100
    assert len(witness["faults"]) == 5
    if saturation == "queue":
        assert witness["most_in_flight"] > SATURATION["queue"]["threads"]
    else:
        assert witness["most_in_flight"] == SATURATION[saturation]["threads"]
        assert sum(witness["refused"].values()) >= 100
        assert sum(one.submitted == "no" for one in told) >= 20
