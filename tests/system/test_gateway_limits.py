"""What tenants may, at real gateways: refusals and their words, slots, days, and a policy file that changes under way."""

import asyncio
import hashlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gateway.spending import EVERY, LOOK
from tests.integration.consul_lab import eventually
from tests.integration.postgres_lab import postgres
from tests.system.gateway_lab import TASK, GatewayLab, Region, gateway_lab
from tests.system.lab import Answered, Served


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


def tenant(name: str, more: str = "") -> str:
    """With its name for a key."""
    return f'[[tenant]]\nname = "{name}"\nkeys = ["sha256:{hashlib.sha256(name.encode()).hexdigest()}"]\n{more}\n'


async def solve(gateway: Served, name: str, task: Mapping[str, Any] = TASK, **headers: str) -> Answered:
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    return await gateway.ask("POST", "/solve", task, {"Authorization": f"Bearer {name}", **given})


def refusal(answered: Answered) -> tuple[int, str, str | None]:
    status, fields, told = answered
    return status, told.get("error", ""), fields.get("Task-Submitted")


async def becomes(gateway: Served, name: str, status: int) -> None:
    """Until a tenant's request for a path that is not there has that status."""

    async def does() -> bool:
        return (await gateway.ask("GET", "/nowhere", headers={"Authorization": f"Bearer {name}"}))[0] == status

    await eventually(does, f"{name} to be answered {status}", 10.0)


async def test_who_comes_too_fast_or_names_another_host_is_refused_and_a_repetition_is_not(here: GatewayLab) -> None:
    region = await here.region("near")
    limits = 'rate = "2/h"\nhosts = ["example.com"]\ndaily = 5'
    policy = tenant("acme", limits) + tenant("eyes", 'role = "viewer"')
    gateway = await here.gateway(policy, ledger_url=f"sqlite:///{here.folder}/ledger.sqlite")
    task = {**TASK, "pageurl": "https://EXAMPLE.com/login"}

    assert refusal(await solve(gateway, "acme", {**task, "pageurl": "https://example.com@evil.com/"})) == (
        403, "HOST_FORBIDDEN", "no",
    )  # fmt: skip
    status, fields, _ = await solve(gateway, "acme", task, Idempotency_Key="one")
    assert (status, fields["RateLimit-Policy"]) == (200, '"rate";q=2;w=3600, "daily";q=5;w=86400')
    assert fields["RateLimit"].startswith('"rate";r=1;t=')
    assert '"daily";r=4;t=' in fields["RateLimit"]
    assert (await solve(gateway, "acme", TASK))[0] == 200, "it names no page"

    told = await solve(gateway, "acme", task, Idempotency_Key="two")
    assert refusal(told) == (429, "RATE_LIMITED", "no")
    assert 1700 < int(told[1]["Retry-After"]) <= 1800
    assert told[1]["RateLimit"].startswith('"rate";r=0;t=')
    again = await solve(gateway, "acme", task, Idempotency_Key="one")
    assert (again[0], again[1]["Idempotent-Replayed"]) == (200, "true")
    assert len(region.lines("POST")) == 2
    used = (await gateway.ask("GET", "/regions", headers={"Authorization": "Bearer eyes"}))[2]["tenants"]
    assert set(used) == {"acme", "eyes"}
    assert [used["acme"][name] for name in ("in_flight", "waiting", "submitted_today", "daily", "burst")] == [0, 0, 2, 5, 2]


ELSEWHERE = [
    "https://evil.com/", "https://example.com.evil.com/", "https://evilexample.com/", "https://sub.example.com/",
    "https://example.com@evil.com/", "https://user:word@example.com/", "https://evil.com@example.com/", "https://evil.com#@example.com/",
    "https://example.com:80@evil.com/", "https://example.com:80:80/", "https://example.com:/", "https://example.com:99999/",
    "https://example.com../", "https://example.com.evil.com./", "HTTPS://EVIL.COM/", "https://EXAMPLE.COM.EVIL.COM/",
    "https://example%2ecom/", "https://%65xample.com/", "https://example.com%2eevil.com/", "https://evil.com%2f@example.com/",
    "https://example.com%00.evil.com/", "https://example.com\0.evil.com/", "https://evil.com\\@example.com/",
    "https:\\\\example.com/", "https://example.com\\.evil.com/", "https://exa\tmple.com/", " https://example.com/",
    "https://example.com/\r\nHost: evil.com", "https:///example.com/", "//example.com/", "example.com", "javascript:alert(1)",
    "https://\uff45xample.com/", "https://example\u3002com/", "https://ex\u0430mple.com/", "https://exam\u00adple.com/",
    "https://fa\u00df.example/", "https://bu\u0308cher.evil/", "https://xn--b\u00fccher.example/", "https://www.xn--bcher-kva.example/",
    "https://127.0.0.1/", "https://3221225985/", "https://0xc0000201/", "https://0300.0.2.1/", "https://192.0.513/",
    "https://192.0.2.01/", "https://192.0.2.1./", "https://\uff1192.0.2.1/", "https://[::ffff:192.0.2.1]/", "https://[2001:db8::1%25e]/",
]  # fmt: skip
"""Pages that are on none of the hosts of a list, or not for every reader."""

LISTED = [
    "https://example.com/", "HTTPS://EXAMPLE.COM./a@b?c=https://evil.com/", "http://example.com:8443/", "https://b\u00fccher.example/",
    "https://XN--BCHER-KVA.example/", "https://B\u00dcCHER.example:1/", "http://192.0.2.1:80/", "https://[2001:DB8:0::0001]/",
]  # fmt: skip


async def test_a_page_elsewhere_reaches_no_region_however_it_is_written_and_one_of_the_list_does(here: GatewayLab) -> None:
    region = await here.region("near", seconds=0.01)
    hosts = 'hosts = ["example.com", "b\u00fccher.example", "192.0.2.1", "[2001:db8::1]"]'
    gateway = await here.gateway(tenant("acme", hosts))
    for page in ELSEWHERE:
        assert refusal(await solve(gateway, "acme", {**TASK, "pageurl": page})) == (403, "HOST_FORBIDDEN", "no"), ascii(page)
    refused = await solve(gateway, "acme", {**TASK, "pageUrl": LISTED[0]}, Prefer="respond-async", Idempotency_Key="k")
    assert refusal(refused) == (403, "HOST_FORBIDDEN", "no"), "as another reader may read it"
    assert region.lines("POST") == []
    for page in LISTED:
        assert (await solve(gateway, "acme", {**TASK, "pageurl": page}))[0] == 200, ascii(page)
    assert len(region.lines("POST")) == len(LISTED)


async def test_a_tenant_has_no_more_in_flight_than_its_slots_and_another_is_not_held_up(here: GatewayLab) -> None:
    region = await here.region("near", seconds=0.3)
    gateway = await here.gateway(tenant("acme", "slots = 2") + tenant("tiny"))
    many = [asyncio.create_task(solve(gateway, "acme")) for _ in range(8)]

    async def two_are_in_flight() -> bool:
        return len(region.unsolved) == 2

    await eventually(two_are_in_flight, "two tasks to be in flight", 10.0)
    _, fields, _ = await solve(gateway, "tiny")
    assert not all(task.done() for task in many), "it was solved while the others' tasks wait"
    assert float(fields["Server-Timing"].split("dur=")[1].split(",")[0]) < 100, "milliseconds in the queue"
    assert {status for status, _, _ in await asyncio.gather(*many)} == {200}
    assert region.most <= 3


async def test_a_day_s_submissions_are_counted_over_a_restart_also_those_nobody_knows_of(here: GatewayLab) -> None:
    async def lose_every_second(region: Region, request: web.Request) -> web.StreamResponse:
        if len(region.lines("POST")) % 2 == 0:
            assert request.transport is not None
            request.transport.close()
        return await region.accept()

    region = await here.region("near", submit=lose_every_second)
    policy, ledger = tenant("acme", "daily = 2"), f"sqlite:///{here.folder}/ledger.sqlite"
    gateway = await here.gateway(policy, ledger_url=ledger)
    assert (await solve(gateway, "acme"))[0] == 200
    assert refusal(await solve(gateway, "acme")) == (502, "SUBMISSION_UNKNOWN", "unknown")
    assert refusal(await solve(gateway, "acme")) == (429, "DAILY_LIMIT", "no")
    gateway.program.kill()

    gateway = await here.gateway(policy, ledger_url=ledger)
    assert refusal(await solve(gateway, "acme")) == (429, "DAILY_LIMIT", "no")
    path = here.folder / "gateway-1.toml"
    path.write_text(tenant("acme", "daily = 3"))
    gateway.program.process.send_signal(signal.SIGHUP)

    async def one_more() -> bool:
        return (await solve(gateway, "acme"))[0] == 200

    await eventually(one_more, "one more task to be solved", 10.0)
    assert refusal(await solve(gateway, "acme")) == (429, "DAILY_LIMIT", "no")
    assert len(region.lines("POST")) == 3


async def test_the_policy_file_is_followed_and_a_key_that_is_revoked_in_use_ends_no_task(here: GatewayLab) -> None:
    await here.region("near", seconds=2.0)
    gateway = await here.gateway(tenant("acme"), host="0.0.0.0")
    path = here.folder / "gateway-0.toml"

    def nearway(*words: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "nearway", "tenant", *words, "--file", str(path)], capture_output=True, text=True, check=True
        )
        return ended.stdout.strip()

    under_way = asyncio.create_task(solve(gateway, "acme"))
    key = await asyncio.to_thread(nearway, "add", "new")
    await becomes(gateway, key, 404)
    await asyncio.to_thread(nearway, "revoke", "acme", hashlib.sha256(b"acme").hexdigest()[:12])
    await becomes(gateway, "acme", 401)
    assert (await under_way)[0] == 200

    good = path.read_text()
    path.write_text(good.replace("[[tenant]]", "[[tenat]]"))

    async def is_told() -> bool:
        return "stays in force" in gateway.program.said()

    await eventually(is_told, "the log to tell of the wrong file", 10.0)
    assert "tenat" in gateway.program.said()
    path.write_text("")
    await eventually(lambda: _says(gateway, "that takes a restart"), "the log to tell of the empty file", 10.0)
    assert (await solve(gateway, key))[0] == 200
    assert (await solve(gateway, "acme"))[0] == 401
    assert key not in gateway.program.said()


@pytest.mark.parametrize("by", ["key", "session"])
async def test_a_key_that_is_revoked_ends_its_session_and_what_it_watches(here: GatewayLab, by: str) -> None:
    await here.region("near")
    viewers = tenant("eyes", 'role = "viewer"'), tenant("others", 'role = "viewer"')
    gateway = await here.gateway("".join(viewers))
    shown = {"Authorization": "Bearer eyes"}
    if by == "session":
        form, fields = {"key": "eyes"}, {"Sec-Fetch-Site": "same-origin"}
        way_in = f"{gateway.url}/dashboard/sign-in"
        async with here.client.post(way_in, data=form, headers=fields, allow_redirects=False) as signed_in:
            shown = {"Cookie": f"nearway={signed_in.cookies['nearway'].value}"}
        here.client.cookie_jar.clear()
    assert (await gateway.ask("GET", "/dashboard/session", headers=shown))[0] == 204
    stays = {"Authorization": "Bearer others"}
    async with (
        here.client.get(f"{gateway.url}/events", headers=shown) as events,
        here.client.get(f"{gateway.url}/events", headers=stays) as others,
    ):
        assert b"event: picture" in await events.content.readuntil(b"}\n\n")
        (here.folder / "gateway-0.toml").write_text(viewers[1])
        gateway.program.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(10.0):
            await events.content.read()
        assert (await gateway.ask("GET", "/dashboard/session", headers=shown))[0] == 401
        for _ in range(3):
            await others.content.readuntil(b"}\n\n")


async def test_gateways_over_one_postgresql_count_a_day_together(here: GatewayLab) -> None:
    region = await here.region("near", seconds=0.01)
    with postgres("fsync = off") as server:
        server.start()
        await server.ready()
        one, two = [await here.gateway(tenant("acme", "daily = 4"), ledger_url=server.url()) for _ in range(2)]

        async def left() -> str:
            answered = await solve(two, "acme", Idempotency_Key="k")  # sent again it costs nothing
            assert answered[0] == 200
            return answered[1]["RateLimit"].partition(";t=")[0]

        assert await left() == '"daily";r=3'
        assert [(await solve(one, "acme"))[0] for _ in range(3)] == [200] * 3

        async def is_heard() -> bool:
            return await left() == '"daily";r=0'

        await eventually(is_heard, "the second to hear of what the first has spent", EVERY + LOOK + 2.0)
        assert refusal(await solve(two, "acme")) == (429, "DAILY_LIMIT", "no")
        assert len(region.lines("POST")) == 4


async def _says(gateway: Served, words: str) -> bool:
    return words in gateway.program.said()


async def test_what_nobody_knows_of_is_sent_once_more_for_who_wants_that_and_the_ledger_says_so(here: GatewayLab) -> None:
    async def lose_the_first(region: Region, request: web.Request) -> web.StreamResponse:
        if len(region.lines("POST")) == 1:
            assert request.transport is not None
            request.transport.close()
        return await region.accept()

    region = await here.region("near", submit=lose_the_first)
    ledger = f"sqlite:///{here.folder}/ledger.sqlite"
    gateway = await here.gateway(tenant("acme", "retry_unknown = true"), ledger_url=ledger)
    status, fields, _ = await solve(gateway, "acme")
    assert (status, fields["Task-Submitted"], len(region.lines("POST"))) == (200, "yes", 2)
    words = [sys.executable, "-m", "nearway", "tasks", fields["Nearway-Task"]]
    told = await asyncio.to_thread(
        lambda: subprocess.run(words, capture_output=True, text=True, check=True, env={"LEDGER_URL": ledger})
    )
    assert "sent once more, for its tenant wants that" in told.stdout
