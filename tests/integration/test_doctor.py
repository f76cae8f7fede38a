"""`nearway doctor` where real things are broken: it sees each, and says how it is mended."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from discovery.records import REGION_ENDPOINTS, WORKERS
from discovery.rights import POLICIES
from tests.certificates import Authority
from tests.integration.acl_lab import MANAGEMENT, Given
from tests.integration.consul_lab import Agent, federation
from tests.ports import free_ports
from tests.system.lab import KEY as LAB_KEY
from tests.system.lab import lab

HOME = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdef0123456789abcdef"

Found = list[dict[str, Any]]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    """A Consul with a region: an endpoint and a worker, without checks of theirs."""
    async with federation("dc1") as agents:
        await register(agents["dc1"], REGION_ENDPOINTS, "e", {"title": "US", "location": "1,2", "url": "http://127.0.0.1:9"})
        await register(agents["dc1"], WORKERS, "w", {"slots": "5"})
        yield agents["dc1"]


async def register(agent: Agent, service: str, name: str, meta: Mapping[str, str], token: str = "") -> None:
    body = {"Name": service, "ID": name, "Address": "127.0.0.1", "Port": 9, "Meta": {"region": "us", "version": "0.1.0", **meta}}
    url, headers = f"{agent.address}/v1/agent/service/register", {"X-Consul-Token": token}
    async with aiohttp.ClientSession() as client, client.put(url, json=body, headers=headers) as response:
        assert response.status == 200, await response.text()


async def doctor(*words: str, files: int | None = None, **environ: Any) -> tuple[int, Found]:
    """Its exit status and what it found."""
    given = {"PATH": os.environ["PATH"] + ":/usr/sbin", **{name: str(value) for name, value in environ.items()}}
    limit = f"ulimit -n {files}; " if files else ""
    command = ["sh", "-c", f'{limit}exec "$@"', "sh", sys.executable, "-m", "nearway", "doctor", "--json", *words]
    process = await asyncio.create_subprocess_exec(
        *command, env=given, cwd=HOME, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, failed = await process.communicate()
    assert failed == b""
    return await process.wait(), json.loads(out)


def bad(found: Found) -> dict[str, str]:
    """What is not ok, by the check, with how it is mended."""
    return {one["check"]: f"{one['what']} -> {one['mend']}" for one in found if one["level"] != "ok"}


async def test_where_all_is_well_it_finds_nothing(agent: Agent, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    status, found = await doctor("--no-gateway", CONSUL_HTTP_ADDR=agent.address, PORT=port, LEDGER_URL=f"sqlite:///{tmp_path}/l")
    assert status == 0
    # No gateway has made the ledger yet, and how many files may be open is this machine's.
    assert {"ledger"} <= set(bad(found)) <= {"ledger", "open files"}
    assert [one["check"] for one in found] == [
        f"consul {agent.address}", "clock", "datacenter dc1", "rights of gateway in dc1", "region us", "versions",
        "settings of the gateway", f"port 127.0.0.1:{port}", "ledger", "open files",
    ]  # fmt: skip


async def test_what_is_wrong_with_this_machine_is_told_each_with_how_it_is_mended(agent: Agent, tmp_path: Path) -> None:
    old, template = Authority(tmp_path).issue("127.0.0.1", expired=True), tmp_path / "bad.j2"
    template.write_text("no_such_directive on;\n")
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        status, found = await doctor(
            "--for", "worker", "--region-file", "regions/us-east.toml", files=1024, CONSUL_HTTP_ADDR=agent.address,
            TEMPLATE=template, LISTEN=f"127.0.0.1:{free_ports(1)[0]}", PORT=port, CAPTCHAAI_API_KEY=KEY, REGION="us",
            TLS_CERTIFICATE=old.certificate, TLS_KEY=old.key, NEARWAY_URL=f"http://127.0.0.1:{free_ports(1)[0]}",
        )  # fmt: skip
    told = bad(found)
    assert status == 1
    assert "can't listen there: Address already in use, held by process" in told[f"port 127.0.0.1:{port}"]
    assert f"process {os.getpid()}: " in told[f"port 127.0.0.1:{port}"]
    assert told[f"port 127.0.0.1:{port}"].endswith("stop what holds it, or change PORT")
    assert 'unknown directive "no_such_directive"' in told["settings of the renderer"]
    assert "it ended on " in told[f"certificate {old.certificate}"]
    assert "room for 448 connections -> raise it to " in told["open files"]
    assert "nobody listens there" in next(told[name] for name in told if name.startswith("gateway http"))
    assert not any(KEY in line for line in told.values())


async def test_wrong_settings_are_told_as_the_program_tells_them(agent: Agent) -> None:
    status, found = await doctor("--no-gateway", CONSUL_HTTP_ADDR=agent.address, GATEWAY_CONFIG="nowhere.toml", LEDGER_URL="none")
    assert status == 1
    assert bad(found)["settings of the gateway"].startswith("nowhere.toml: ")
    assert "set LEDGER_URL or STATE_DIRECTORY" in bad(found)["ledger"]
    status, found = await doctor("--no-gateway", CONSUL_HTTP_ADDR="consul:port")
    assert status == 1
    assert "CONSUL_HTTP_ADDR" in bad(found)["settings of Consul"]


async def test_a_consul_that_is_gone_or_hangs_is_told_apart_from_one_that_answers(agent: Agent) -> None:
    (port,) = free_ports(1)
    gone = f"http://127.0.0.1:{port}"
    status, found = await doctor("--no-gateway", "--for", "dial", CONSUL_HTTP_ADDR=f"{gone},{agent.address}")
    assert (status, [(one["check"], one["level"]) for one in found][:2]) == (
        0, [(f"consul {gone}", "warning"), (f"consul {agent.address}", "ok")],
    )  # fmt: skip
    agent.signal(signal.SIGSTOP)
    status, found = await doctor("--no-gateway", "--for", "dial", CONSUL_HTTP_ADDR=agent.address)
    assert status == 1
    assert "gave no answer in 5 s -> start it, or look at CONSUL_HTTP_ADDR" in bad(found)[f"consul {agent.address}"]


async def test_what_is_registered_and_does_not_fit_is_told(agent: Agent) -> None:
    await register(agent, WORKERS, "lonely", {"region": "eu", "version": "0.0.9"})
    await register(agent, WORKERS, "odd", {"slots": "many"})
    status, found = await doctor("--no-gateway", "--for", "dial", CONSUL_HTTP_ADDR=agent.address)
    told = bad(found)
    assert status == 1
    assert told["region eu"] == "1 worker and no endpoint -> start `nearway renderer` with its region file"
    assert told["registration odd"].startswith("it is left out: slots")
    assert told["versions"].startswith("0.0.9: 1 worker; 0.1.0: 1 renderer, this command, 1 worker -> ")


async def test_a_token_that_may_not_do_what_is_needed_is_told_of_with_the_policy_that_may() -> None:
    async with federation("dc1", token=MANAGEMENT) as agents, aiohttp.ClientSession() as session:
        agent = agents["dc1"]
        await register(agent, REGION_ENDPOINTS, "e", {"title": "US", "location": "1,2", "url": "http://127.0.0.1:9"}, MANAGEMENT)
        await register(agent, WORKERS, "w", {}, MANAGEMENT)
        lesser = await Given(agents, session).token("worker", POLICIES["worker"])
        reader = await Given(agents, session).token("dial", POLICIES["dial"])

        status, found = await doctor("--no-gateway", "--for", "dial", CONSUL_HTTP_ADDR=agent.address, CONSUL_HTTP_TOKEN=lesser)
        told = bad(found)["rights of dial in dc1"]
        assert status == 1
        assert 'key_prefix "nearway/dials/" { policy = "write" }' in told
        assert told.endswith("-> give it the policy deploy/consul/dial.hcl")

        status, found = await doctor("--no-gateway", "--for", "dial", CONSUL_HTTP_ADDR=agent.address, CONSUL_HTTP_TOKEN=reader)
        assert (status, set(bad(found)) - {"open files"}) == (0, {f"consul {agent.address}"}), (
            "its version is for those who may read agents"
        )

        for token in ("", "00000000-0000-4000-8000-000000000000"):
            status, found = await doctor("--no-gateway", "--for", "dial", CONSUL_HTTP_ADDR=agent.address, CONSUL_HTTP_TOKEN=token)
            assert status == 1
            assert "CONSUL_HTTP_TOKEN" in " ".join(bad(found).values())
            assert "docs/consul-acl.md" in " ".join(bad(found).values())


async def test_the_account_is_asked_about_where_that_is_wanted_and_nothing_is_submitted(tmp_path: Path) -> None:
    async with lab(tmp_path) as made:
        api = await made.api()
        for key, level, told in ((LAB_KEY, "ok", "the account has "), (KEY, "wrong", "it is refused: ERROR_")):
            environ: dict[str, Any] = {
                "CAPTCHAAI_URL": api.url,
                "CAPTCHAAI_API_KEY": key,
                "REGION": "us",
                "CONSUL_HTTP_ADDR": "127.0.0.1:9",
            }
            _, found = await doctor("--no-gateway", "--account", **environ)
            (account,) = [one for one in found if one["check"] == "account"]
            assert account["level"] == level
            assert account["what"].startswith(told)
            assert key not in str(found)
        assert (await api.get("/witness"))[2]["submissions"] == {}
