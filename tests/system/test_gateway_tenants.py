"""Who gets in at a gateway, and what becomes of the key."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.system.gateway_lab import TASK, GatewayLab, gateway_lab
from tests.system.lab import Served

KEY = "a-key-that-nobody-must-ever-see"


def tenant(name: str, key: str, more: str = "") -> str:
    return f'[[tenant]]\nname = "{name}"\nkeys = ["sha256:{hashlib.sha256(key.encode()).hexdigest()}"]\n{more}\n'


POLICY = tenant("acme", KEY)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


async def solve(gateway: Served, authorization: str | None) -> tuple[int, str]:
    headers = {} if authorization is None else {"Authorization": authorization}
    status, fields, _ = await gateway.ask("POST", "/solve", TASK, headers)
    return status, fields.get("WWW-Authenticate", "")


async def test_only_who_has_a_key_gets_in_and_the_key_goes_nowhere(here: GatewayLab) -> None:
    region = await here.region("near")
    gateway = await here.gateway(POLICY, host="0.0.0.0", log_level="DEBUG")
    assert await solve(gateway, None) == (401, 'Bearer realm="nearway"')
    assert await solve(gateway, "Bearer no-key") == (401, 'Bearer realm="nearway", error="invalid_token"')
    assert region.lines("POST") == []
    assert await solve(gateway, f"Bearer {KEY}") == (200, "")
    assert [(await gateway.get(path))[0] for path in ("/health", "/ready")] == [200, 200]
    assert [(await gateway.get(path))[0] for path in ("/regions", "/metrics", "/nowhere", "/health/..")] == [401] * 4
    told = [f"{one.line} {one.headers}" for one in region.asked] + [gateway.program.said()]
    assert not [text for text in told if KEY in text or "authorization" in text.lower()]


async def test_what_a_role_may_do(here: GatewayLab) -> None:
    await here.region("near")
    three = [tenant("acme", KEY), tenant("eye", "eye", 'role = "viewer"'), tenant("hand", "hand", 'role = "operator"')]
    ours, open_to_all = await here.gateway("".join(three)), await here.gateway("open = true")
    for gateway, key, solving, reading in [
        (ours, KEY, 200, 403),
        (ours, "eye", 403, 200),
        (ours, "hand", 403, 200),
        (open_to_all, "", 200, 200),
    ]:
        headers = {"Authorization": f"Bearer {key}"}
        status, fields, told = await gateway.ask("POST", "/solve", TASK, headers)
        assert status == solving, key
        if status == 403:
            assert (told["error"], fields["Task-Submitted"]) == ("FORBIDDEN", "no")
        paths = ("/regions", "/explain", "/metrics", "/tasks/x", "/nowhere")
        found = [(await gateway.ask("GET", path, headers=headers))[0] for path in paths]
        assert found == [reading] * 3 + [404 if solving == 200 else 403, 404], key


async def test_without_tenants_nobody_is_asked_for_a_key(here: GatewayLab) -> None:
    await here.region("near")
    gateway = await here.gateway()
    assert [(await solve(gateway, authorization))[0] for authorization in (None, "Bearer whatever")] == [200, 200]
