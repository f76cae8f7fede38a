"""The end of a task is POSTed where its client says, whoever has died by then."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.integration.consul_lab import eventually
from tests.integration.postgres_lab import postgres
from tests.system.gateway_lab import TASK, GatewayLab, gateway_lab
from tests.system.lab import Answered, Served

RAW = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(RAW).decode()
OPEN = f'callback_secret = "{SECRET}"\ncallback_networks = ["127.0.0.0/8"]\n'
PAGE = Path(__file__).resolve().parents[2] / "docs" / "callbacks.md"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


@dataclass(frozen=True)
class Got:
    headers: Mapping[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    def is_signed(self, key: bytes = RAW) -> bool:
        """As the specification has it, by code of this test's own."""
        content = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        return self.headers["webhook-signature"] == f"v1,{signature}"


@dataclass
class Receiver:
    """What takes callbacks; it answers with `status`."""

    status: int = 204
    got: list[Got] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.got.append(Got({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=self.status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made, app = Receiver(), web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


async def solve(gateway: Served, url: str, **headers: str) -> Answered:
    return await gateway.ask("POST", "/solve", TASK, {"Nearway-Callback": url, **headers})


def verifying() -> Callable[..., bool]:
    """The page's own snippet."""
    (snippet,) = re.findall("```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)  # noqa: S102 - that it runs is what is tested
    verify: Callable[..., bool] = names["verify"]
    return verify


async def test_the_end_is_posted_signed_whoever_waits_and_once(here: GatewayLab, receiver: Receiver, tmp_path: Path) -> None:
    await here.region("near", seconds=0.3)
    gateway = await here.gateway(OPEN, ledger_url=f"sqlite:///{tmp_path}/l.sqlite")
    waited = await solve(gateway, receiver.url)
    status, headers, located = await solve(gateway, receiver.url, Prefer="respond-async")
    assert (waited[0], status) == (200, 202)
    both = await asyncio.gather(*(solve(gateway, receiver.url, **{"Idempotency-Key": "k"}) for _ in range(2)))
    other = await solve(gateway, receiver.url + "?x", **{"Idempotency-Key": "k"})
    assert (other[0], other[2]["error"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    await eventually(lambda: len(receiver.got) == 3, "three callbacks")
    told = {one.headers["webhook-id"]: one for one in receiver.got}
    assert set(told) == {waited[1]["Nearway-Task"], headers["Nearway-Task"], both[0][1]["Nearway-Task"]}
    first = told[waited[1]["Nearway-Task"]]
    assert first.told == {**waited[2], "task": waited[1]["Nearway-Task"], "task_submitted": "yes"}
    assert first.headers["content-type"] == "application/json"
    verify, stamp = verifying(), int(first.headers["webhook-timestamp"])
    for one in receiver.got:
        assert one.is_signed()
        assert verify(one.headers, one.body, SECRET)
        assert not verify(one.headers, one.body + b" ", SECRET)
        assert not verify(one.headers, one.body, "whsec_" + base64.b64encode(b"x" * 32).decode())
    assert abs(stamp - time.time()) < 60
    assert not verify(first.headers, first.body, SECRET, stamp + 301)
    assert located["task"] == headers["Nearway-Task"]


async def test_what_can_not_be_called_is_refused_before_anything_is_spent(here: GatewayLab, tmp_path: Path) -> None:
    region = await here.region("near")
    closed = await here.gateway(f'callback_secret = "{SECRET}"', ledger_url=f"sqlite:///{tmp_path}/l.sqlite")
    without = await here.gateway(OPEN, ledger_url="none")
    for gateway, url, status, error, why in (
        (closed, "https://169.254.169.254/latest/meta-data", 400, "CALLBACK_REFUSED", "link-local"),
        (closed, "http://hooks.example/", 400, "CALLBACK_REFUSED", "only https"),
        (closed, "https://a:b@hooks.example/", 400, "CALLBACK_REFUSED", "password"),
        (without, "https://hooks.example/", 503, "LEDGER_UNAVAILABLE", "keeps no ledger"),
    ):
        found, headers, told = await solve(gateway, url)
        assert (found, told["error"], headers["Task-Submitted"]) == (status, error, "no")
        assert why in told["detail"]
    assert region.lines("POST") == []


async def test_a_gateway_killed_before_it_was_delivered_delivers_it_when_it_is_back(
    here: GatewayLab, receiver: Receiver, tmp_path: Path
) -> None:
    await here.region("near")
    receiver.status = 503
    kept = f"sqlite:///{tmp_path}/l.sqlite"
    gateway = await here.gateway(OPEN, ledger_url=kept, ledger_results=0)
    answered = await solve(gateway, receiver.url)
    await eventually(lambda: len(receiver.got) == 1, "a try")
    with closing(sqlite3.connect(tmp_path / "l.sqlite")) as ledger:
        await eventually(lambda: ledger.execute("SELECT callback_end FROM nearway_tasks").fetchone()[0] is not None, "its end")
    gateway.program.kill()
    receiver.status = 204
    again = await here.gateway(OPEN, ledger_url=kept, ledger_results=0)
    await eventually(lambda: len(receiver.got) == 2, "the callback", 30)
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == answered[1]["Nearway-Task"]
    assert int(first.headers["webhook-timestamp"]) < int(second.headers["webhook-timestamp"])
    assert first.body == second.body
    assert second.is_signed()
    with closing(sqlite3.connect(tmp_path / "l.sqlite")) as ledger:
        question = "SELECT callback, callback_host, callback_due, callback_tries, callback_end FROM nearway_tasks"
        row = (None, "127.0.0.1", None, 2, "delivered: 204")
        await eventually(lambda: ledger.execute(question).fetchone() == row, "that it was delivered")
    assert (await again.get("/metrics"))[2].count('nearway_callbacks_total{outcome="delivered"} 1.0') == 1


async def test_a_client_may_leave_while_its_task_waits_for_a_slot_and_a_receiver_that_is_gone_is_asked_once(
    here: GatewayLab, receiver: Receiver, tmp_path: Path
) -> None:
    region = await here.region("near", slots=1, seconds=1.5)
    gateway = await here.gateway(OPEN, ledger_url=f"sqlite:///{tmp_path}/l.sqlite")
    first = asyncio.create_task(gateway.ask("POST", "/solve", TASK))
    await eventually(lambda: region.accepted == 1, "the slot taken")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await solve(gateway, receiver.url)
    assert (await first)[0] == 200
    await eventually(lambda: len(receiver.got) == 1, "the callback")
    assert receiver.got[0].told["solution"] == "s-near-2"
    receiver.status = 410
    _, headers, _ = await solve(gateway, receiver.url)
    with closing(sqlite3.connect(tmp_path / "l.sqlite")) as ledger:
        question, name = "SELECT callback, callback_due, callback_end FROM nearway_tasks WHERE id = ?", headers["Nearway-Task"]
        await eventually(lambda: ledger.execute(question, (name,)).fetchone() == (None, None, "gone: 410"), "its end")
    assert len(receiver.got) == 2


async def test_of_gateways_over_one_server_each_callback_is_sent_by_one_and_a_killed_ones_by_another(
    here: GatewayLab, receiver: Receiver
) -> None:
    await here.region("near", slots=100)
    with postgres("fsync = off") as server:
        server.start()
        await server.ready()
        gateways = [await here.gateway(OPEN, ledger_url=server.url()) for _ in range(2)]
        answered = await asyncio.gather(*(solve(gateways[n % 2], receiver.url) for n in range(20)))
        await eventually(lambda: len(receiver.got) >= 20, "all callbacks")
        assert Counter(one.headers["webhook-id"] for one in receiver.got) == Counter(one[1]["Nearway-Task"] for one in answered)
        receiver.status = 500
        left = await solve(gateways[0], receiver.url)
        await eventually(lambda: len(receiver.got) == 21, "a try")
        gateways[0].program.kill()
        receiver.status = 204
        question = "SELECT callback_end FROM nearway_tasks WHERE callback_end <> 'delivered: 204'"

        async def delivered() -> bool:
            return await server.ask(question) == [] and len(receiver.got) == 22

        # Was what came of the first try not written any more, the other one waits for as long as a try may take.
        await server.ask("UPDATE nearway_tasks SET callback_due = 0 WHERE callback_due IS NOT NULL")
        await eventually(delivered, "the callback", 30)
        assert receiver.got[21].headers["webhook-id"] == left[1]["Nearway-Task"]
