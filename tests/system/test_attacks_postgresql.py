"""Hostile texts through a ledger that takes less than SQLite does: PostgreSQL refuses NUL, and what is no UTF-8."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from discovery.records import REGION_ENDPOINTS, WORKERS
from tests.integration.consul_lab import eventually
from tests.integration.postgres_lab import Server, postgres
from tests.system.attack_lab import SOLVED, Recorder, answer
from tests.system.gateway_lab import GatewayLab, gateway_lab
from tests.system.lab import Served
from tests.system.test_attacks import BEYOND_ASCII, HOSTILE, PAYLOADS, is_one_line_each
from tests.system.wire import Heard, Wire, request

pytestmark = pytest.mark.timeout(120)

TEXTS = [*(one.encode() for one in PAYLOADS), *BEYOND_ASCII, b"forged\xed\xa0\x80", b"forged\0", b"forged\x1b[2J", b"\xc0\x80"]
"""What a field may hold: what the other attacks say, half a surrogate pair, NUL, a terminal's command, NUL in two bytes."""

FIELDS = [b"Idempotency-Key", b"X-Request-ID", b"Nearway-Region", b"Traceparent", b"Prefer", b"User-Agent"]

ANSWERS = [f"\0\ud800{HOSTILE}", "\0", "\ud800", "\udfff\0\ud800", "\U0010ffff\ufffe", "x" * 5000 + "\0"]
"""What a worker may say in JSON."""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


@pytest.fixture
async def worker(here: GatewayLab) -> AsyncIterator[Recorder]:
    """A region that answers by itself."""
    async with AsyncExitStack() as stack:
        made = Recorder()
        await made.start(stack)
        meta = {"region": "near", "title": "near", "location": "0,0", "url": f"http://127.0.0.1:{made.port}"}
        await here.register(REGION_ENDPOINTS, "e", made.port, meta)
        await here.register(WORKERS, "w", 9, {"region": "near", "slots": "50", "resumable": "true"})
        yield made


async def solve(gateway: Served, *fields: bytes) -> Heard:
    """What a task with these fields is answered with."""

    def ask() -> Heard:
        with Wire(urlsplit(gateway.url).port or 0) as wire:
            (heard,) = wire.say(
                request("POST /solve HTTP/1.1", "Connection: close", "Content-Length: 2", *fields, body=b"{}")
            ).rest()
        return heard

    return await asyncio.to_thread(ask)


async def rows(server: Server, count: int) -> dict[str, dict[str, object]]:
    """The ledger's, by task, once so many have their end."""
    found: dict[str, dict[str, object]] = {}

    async def all_there() -> bool:
        found.update({row["id"]: dict(row) for row in await server.ask("SELECT * FROM nearway_tasks WHERE ended IS NOT NULL")})
        return len(found) >= count

    await eventually(all_there, f"{count} rows", 10.0)
    return found


async def test_hostile_texts_are_rows_and_no_more_in_postgresql_too(here: GatewayLab, worker: Recorder) -> None:
    with postgres("fsync = off") as server:
        server.start()
        await server.ready()
        gateway = await here.gateway(ledger_url=server.url())
        await here.takes(gateway, "near")
        names = set()
        for field in FIELDS:
            for text in TEXTS:
                heard = await solve(gateway, field + b": " + text)
                assert heard.status in (200, 400), (field, text)
                names |= {heard.headers["nearway-task"]} if heard.status == 200 else set()
        assert len(names) > len(TEXTS), "most are let through, each as a task"

        for number, said in enumerate(ANSWERS):
            told = json.dumps({"error": said, "captcha_id": said, "solution": said}).encode()
            fields = b"Nearway-Worker: a\x9b31m\xff" + b"forged" * number, b"Content-Type: application/json\xff\x9b"
            for status, money in ((200, b"yes"), (422, b"no"), (502, b"yes"), (502, b"perhaps")):
                worker.answer = answer(status, told, b"Task-Submitted: " + money, *fields)
                key = b"Idempotency-Key: %d-%d-%b" % (number, status, money)
                heard = await solve(gateway, key)
                assert heard.status == status
                names.add(heard.headers["nearway-task"])
                worker.answer = SOLVED
                if money != b"no":
                    again = await solve(gateway, key)
                    assert (again.status, again.body, again.headers["idempotent-replayed"]) == (status, heard.body, "true")

        found = await rows(server, len(names))
        assert set(found) == names
        kept = "".join(str(value) for row in found.values() for name, value in row.items() if name not in ("trail", "result"))
        assert kept.isprintable()
        assert await gateway.metric("nearway_ledger_up") == 1
        assert await gateway.metric("nearway_ledger_pending") == 0
        assert is_one_line_each(gateway.program.said())
        assert '"level": "error"' not in gateway.program.said()
        assert is_one_line_each(await asyncio.to_thread(_tasks, server.url()))


def _tasks(ledger: str) -> str:
    words = [sys.executable, "-m", "nearway", "tasks", "--most", "1000"]
    environ = {**os.environ, "LEDGER_URL": ledger}
    return subprocess.run(words, capture_output=True, text=True, check=True, env=environ).stdout
