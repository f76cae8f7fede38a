"""One id finds a task in the log of its gateway, of its region's nginx, and of its worker; and all tell of the same."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from demo.processes import kill
from tests.integration.consul_lab import eventually
from tests.integration.test_metrics import checked
from tests.system.whole import Plan, Whole, whole

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Whole]:
    """One region of one worker and a gateway."""
    async with whole(tmp_path, Plan(workers=1, regions=1)) as made:
        yield made


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a log that are ours: nginx's own words on standard error are none."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


async def found(log: Path, name: str, value: str, event: str | None = None) -> dict[str, Any]:
    """The last line in which a field has that value, and which is of that event."""
    rows: list[dict[str, Any]] = []

    def there() -> bool:
        rows[:] = [one for one in lines(log) if one.get(name) == value and event in (None, one.get("event"))]
        return bool(rows)

    await eventually(there, f"{name} {value} in {log}")
    return rows[-1]


async def test_a_request_id_finds_its_task_everywhere(here: Whole) -> None:
    headers = {"X-Request-ID": "order-17/a", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-00"}
    solved = await here.solve("us-east", "found", 0.5, **headers)
    assert solved.right
    assert solved.headers["X-Request-ID"] == "order-17/a"
    assert solved.headers["Traceresponse"].split("-")[1] == TRACE
    logs = here.system.run / "logs"
    access = here.system.run / "nginx" / "us-east" / "us-east" / "access.log"
    gateway = await found(logs / "gateway.log", "request", "order-17/a", "task ended")
    worker = await found(logs / "worker-us-east-1.log", "request", "order-17/a", "task solved")
    accepted = await found(logs / "worker-us-east-1.log", "request", "order-17/a", "task accepted")
    nginx = await found(access, "request", "order-17/a")
    task = solved.headers["Nearway-Task"]
    assert {one["task"] for one in (gateway, worker, accepted, nginx)} == {task}
    assert {one["trace"] for one in (gateway, worker, accepted, nginx)} == {TRACE}
    assert gateway["captcha_id"] == worker["captcha_id"] == accepted["captcha_id"] == solved.body["captcha_id"]
    assert (gateway["outcome"], gateway["submitted"], gateway["status"], gateway["region"]) == ("solved", "yes", 200, "us-east")
    assert gateway["worker"].startswith("solver-us-east-")
    assert gateway["client"] == "198.51.100.7"
    assert gateway["solve_seconds"] >= 0.5 > gateway["submit_seconds"]
    assert nginx["submitted"] == "yes"
    everything = "".join(path.read_text() for path in (*logs.iterdir(), access))
    assert str(solved.body["solution"]) not in everything
    assert "example.com" not in everything

    whatever = await here.solve("us-east", "own", 0.2, **{"X-Request-ID": 'a"b c'})
    assert whatever.headers["X-Request-ID"] == whatever.headers["Nearway-Task"]
    row = await found(logs / "gateway.log", "task", whatever.headers["Nearway-Task"], "task ended")
    assert row["trace"] == row["request"] == row["task"]

    gateway_url, odd = here.system.url("gateway"), {"X-Request-ID": "odd-1", "Content-Type": "application/json"}
    async with here.session.post(f"{gateway_url}/solve", data=b"no JSON", headers=odd) as refused:
        assert (refused.status, refused.headers["X-Request-ID"]) == (400, "odd-1")
    row = await found(logs / "gateway.log", "request", "odd-1")
    assert (row["event"], row["status"], row["error"]) == ("request refused", 400, "BAD_REQUEST")
    assert not [one for one in lines(logs / "gateway.log") if one["event"] == "request refused" and one.get("request") != "odd-1"]

    renderer = here.system.processes["region-us-east"].program.environ["STATUS_LISTEN"]
    for url in (here.system.url("gateway"), here.system.url("worker-us-east-1"), f"http://{renderer}"):
        async with here.session.get(f"{url}/metrics") as response:
            assert response.status == 200
            assert checked(await response.read()) == ""


async def test_what_becomes_of_a_region_is_a_line_each(here: Whole) -> None:
    log = here.system.run / "logs" / "gateway.log"
    await kill([here.system.processes["worker-us-east-1"]])
    lost = await found(log, "change", "lost")
    assert (lost["region"], lost["level"]) == ("us-east", "warning")
    assert lost["event"] == "region us-east can take no task: it has no healthy worker"
    await here.restart("worker-us-east-1")
    assert (await found(log, "change", "back"))["region"] == "us-east"
