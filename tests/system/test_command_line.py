"""The command line `nearway` against real gateways."""

import asyncio
import hashlib
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.integration.consul_lab import eventually
from tests.system.gateway_lab import TASK, GatewayLab, gateway_lab

HOME = Path(__file__).resolve().parents[2]
KEY = "nw_0123456789abcdef"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


async def nearway(*words: str, **environ: str) -> tuple[int, str, str]:
    """A command's exit status, and what it said."""
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nearway", *words, env={"PATH": os.environ["PATH"], **environ}, cwd=HOME,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, failed = await command.communicate()
    return await command.wait(), out.decode(), failed.decode()


async def test_one_look_tells_where_tasks_go_and_why(lab: GatewayLab) -> None:
    near = await lab.region("eu-west", "53.3,-6.3", slots=4, seconds=60)
    await lab.region("us-east", "38.9,-77.4", slots=10)
    gateway = await lab.gateway('[[place]]\ncidr = "203.0.113.0/24"\nlocation = [48.9, 2.4]\n')
    for name in ("eu-west", "us-east"):
        await lab.takes(gateway, name)
    held = [asyncio.create_task(gateway.ask("POST", "/solve", TASK, {"Nearway-Region": "eu-west"})) for _ in range(2)]
    await eventually(lambda: near.accepted == 2, "two tasks in flight")

    async def both_are_paid_for() -> bool:
        _, out, _ = await nearway("status", "--json", NEARWAY_URL=gateway.url)
        return bool(json.loads(out)["money"]["submitted"] == 2)

    await eventually(both_are_paid_for, "the ledger to be looked at again")
    status, out, _ = await nearway("status", NEARWAY_URL=gateway.url)
    assert status == 0
    assert out.startswith(f"gateway {gateway.url} (0.1.0): 2 of 2 regions take tasks; 2 tasks in flight, 0 wait")
    assert "2 submitted, 0 solved, 0 failed, 0 unknown" in line_of(out, "money")
    assert line_of(out, "eu-west").split()[:6] == ["eu-west", "well", "█████·····", "2", "of", "4"]
    assert (await nearway("explain", "--ip", "203.0.113.7", "--gateway", gateway.url))[1].splitlines()[0] == (
        "A task of a client at 203.0.113.7 goes to eu-west: 779 km away (203.0.113.7 is in 203.0.113.0/24)."
    )

    assert (await nearway("drain", "eu-west", "--by", "ann", CONSUL_HTTP_ADDR=lab.agent.address))[0] == 0

    async def drained() -> bool:
        _, out, _ = await nearway("regions", "--region", "eu-west", "--json", NEARWAY_URL=gateway.url)
        return [row["state"] for row in json.loads(out)] == ["drained"]

    await eventually(drained, "the gateway to follow the dial")
    _, out, _ = await nearway("status", NEARWAY_URL=gateway.url)
    assert "drained: its dial is 0, set by ann at " in line_of(out, "eu-west")
    _, out, _ = await nearway("explain", "--ip", "203.0.113.7", NEARWAY_URL=gateway.url)
    assert out.splitlines()[3].startswith("1. eu-west: drained: its dial is 0, set by ann at ")
    assert out.splitlines()[4].startswith("2. us-east: this is where it goes")
    _, out, _ = await nearway("workers", "--region", "us-east", NEARWAY_URL=gateway.url)
    assert out.splitlines()[1].split()[:4] == ["w-us-east", "us-east", "127.0.0.1:9", "passing"]
    for task in held:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)


async def test_a_gateway_with_tenants_and_tls_is_seen_by_who_has_key_and_ca(lab: GatewayLab, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = authority.issue("127.0.0.1")
    policy = "".join(
        f'[[tenant]]\nname = "{role}s"\nrole = "{role}"\nkeys = ["sha256:{hashlib.sha256(key.encode()).hexdigest()}"]\n'
        for role, key in (("viewer", KEY), ("client", f"{KEY}-client"))
    )
    gateway = await lab.gateway(policy, wait=False, tls_certificate=server.certificate, tls_key=server.key)
    url, trusted = gateway.url.replace("http:", "https:"), {"NEARWAY_CA": str(authority.ca)}
    await eventually(lambda: listens(gateway.url), "the gateway to listen")

    (tmp_path / "key").write_text(f"{KEY}\n")
    whole = ("status", "--gateway", url, "--key-file", str(tmp_path / "key"))
    assert (await nearway(*whole, "--json", **trusted))[0] == 1  # no region is there
    assert "0 of 0 regions take tasks" in (await nearway(*whole, **trusted))[1]
    for words, environ, told in (
        (whole, {}, "its certificate is not trusted"),
        (("status", "--gateway", url), trusted, "set NEARWAY_KEY or --key-file"),
        (("status", "--gateway", url), {**trusted, "NEARWAY_KEY": "another"}, "the key is not known there"),
        (("status", "--gateway", url), {**trusted, "NEARWAY_KEY": f"{KEY}-client"}, "use a key of a tenant whose role may"),
        (("status", "--gateway", gateway.url), {}, "or speaks TLS (https://)"),
    ):
        status, out, failed = await nearway(*words, **environ)
        assert (status, out, failed.count("\n")) == (1, "", 1)
        assert told in failed


def line_of(out: str, word: str) -> str:
    """The line that begins so."""
    (line,) = [line for line in out.splitlines() if line.startswith(word)]
    return line


def listens(url: str) -> bool:

    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0
