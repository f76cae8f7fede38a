"""Gateway and worker answer as their descriptions say, whatever they are sent: schemathesis makes what is sent up from these.

A whole region behind them: Consul, nginx, a worker, the simulated API; with tenants and a ledger.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

from contract.openapi import Json
from gateway.description import describe_gateway
from tests.system.edge_lab import Edge
from tests.system.whole import SITE, Plan, Whole, whole
from tests.system.wire import request
from worker.description import describe_worker
from worker.task_schema import task_schema

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

EXAMPLES, FEW = 20, 4
"""For each operation, of what is right and of what is wrong; and for those that take nothing."""

KEYS = {"client": "the-client", "viewer": "the-viewer", "operator": "the-operator"}
POLICY = """
trusted_proxies = ["127.0.0.0/8"]
[[tenant]]
name = "client"
keys = ["sha256:{client}"]
[[tenant]]
name = "viewer"
role = "viewer"
keys = ["sha256:{viewer}"]
[[tenant]]
name = "operator"
role = "operator"
keys = ["sha256:{operator}"]
"""
CHECKS = [
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_headers_conformance,
    schemathesis.checks.response_schema_conformance,
]


@dataclass
class Described:
    """A program that runs, its description, and what its operations are asked with."""

    url: str
    told: Json
    headers: Callable[[str], Mapping[str, str]]

    def operation(self, method: str, path: str) -> Any:
        return schemathesis.openapi.from_dict(self.told)[path][method]

    def ask(self, case: Any, session: requests.Session) -> requests.Response:
        """One request, and the answer held to the description. FailureGroup tells how it is otherwise."""
        answer: requests.Response = case.call_and_validate(self.url, session, self.headers(case.path), checks=CHECKS, timeout=60)
        return answer


FOR_BROWSERS = ("/dashboard", "/events")
"""Pages, and events without an end: tests/browser looks at these as they are meant."""


def operations(told: Json) -> list[tuple[str, str]]:
    rows = [(method.upper(), path) for path, methods in told["paths"].items() for method in methods]
    return [(method, path) for method, path in rows if not path.startswith(FOR_BROWSERS)]


OPERATIONS = [
    *(("gateway", *one) for one in operations(describe_gateway((), keyed=True, certified=False))),
    *(("worker", *one) for one in operations(describe_worker(certified=False))),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mapping[str, Described]]:
    folder = tmp_path_factory.mktemp("descriptions")
    policy = folder / "gateway.toml"
    policy.write_text(POLICY.format(**{name: sha256(key) for name, key in KEYS.items()}))
    gateway = {"GATEWAY_CONFIG": str(policy), "LEDGER_URL": f"sqlite:///{folder / 'ledger.sqlite'}"}
    plan = Plan(workers=1, regions=1, speed=500, slots=200, worker={"SUBMIT_GAP": "0"}, gateway=gateway, key=KEYS["viewer"])
    async with whole(folder / "run", plan) as made:
        yield {"gateway": await described(made, "gateway"), "worker": await described(made, "worker-us-east-1")}


async def described(made: Whole, name: str) -> Described:
    """With the worker's tasks at the gateway too, which has no schema of them."""
    told = await made.get(name, "/openapi.json")
    told["paths"]["/solve"]["post"]["requestBody"]["content"]["application/json"]["schema"] = task_schema()
    return Described(made.system.url(name), told, headers_of if name == "gateway" else lambda path: {})


def headers_of(path: str) -> Mapping[str, str]:
    role = "client" if path.startswith(("/solve", "/tasks")) else "operator" if path.endswith("/dial") else "viewer"
    return {"Authorization": f"Bearer {KEYS[role]}"}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def hold(program: Described, method: str, path: str, mode: GenerationMode, examples: int = EXAMPLES) -> list[int]:
    """The statuses of answers that are all as described. FailureGroup tells how one is otherwise."""
    seen: list[int] = []

    def run() -> None:
        with requests.Session() as session:

            @settings(
                max_examples=examples,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=program.operation(method, path).as_strategy(generation_mode=mode))
            def is_as_described(case: Any) -> None:
                response = program.ask(case, session)
                seen.append(response.status_code)
                assert response.status_code < 500 or "INTERNAL_ERROR" not in response.text, "described, and a fault all the same"

            is_as_described()

    await asyncio.to_thread(run)
    return seen


@pytest.mark.parametrize(("name", "method", "path"), OPERATIONS, ids=map(" ".join, OPERATIONS))
async def test_what_is_right_and_what_is_wrong_is_answered_as_described(
    here: Mapping[str, Described], name: str, method: str, path: str
) -> None:
    takes_something = "parameters" in here[name].told["paths"][path][method.lower()]
    right = await hold(here[name], method, path, GenerationMode.POSITIVE, EXAMPLES if takes_something else FEW)
    assert 200 in right or "{" in path, "a region or a location can't be made up: below are real ones"
    if takes_something:
        wrong = await hold(here[name], method, path, GenerationMode.NEGATIVE)
        assert {400, 404} & set(wrong)


@pytest.mark.parametrize("name", ["gateway", "worker"])
async def test_a_task_is_told_of_as_described_from_its_acceptance_to_its_end(here: Mapping[str, Described], name: str) -> None:
    program, path = here[name], "/tasks/{location}" if name == "gateway" else "/tasks/{captcha_id}"
    task = {**SITE, "pageurl": "https://example.com/?seconds=1"}

    def run() -> list[int]:
        with requests.Session() as session:
            session.headers.update(program.headers(path))
            accepted = session.post(f"{program.url}/solve", json=task, headers={"Prefer": "respond-async, wait=0"}, timeout=30)
            program.operation("POST", "/solve").validate_response(accepted)
            url, operation = program.url + accepted.headers["Location"], program.operation("GET", path)
            heard = [session.get(url, headers={"Prefer": f"wait={wait}"}, timeout=60) for wait in (0, 30)]
            heard += [session.get(url[:-1], timeout=30)]
            for one in heard:
                operation.validate_response(one)
            return [accepted.status_code, *(one.status_code for one in heard)]

    assert (await asyncio.to_thread(run))[:3] == [202, 202, 200]


async def test_a_gateway_without_a_region_and_without_tenants_answers_as_described(gateway: Edge) -> None:
    with gateway.wire() as wire:
        heard = wire.say(request("GET /openapi.json HTTP/1.1")).hear()
    assert heard is not None
    program = Described(f"http://127.0.0.1:{gateway.port}", json.loads(heard.body), lambda path: {})
    told = await hold(program, "POST", "/solve", GenerationMode.POSITIVE, FEW)
    assert set(told) <= {400, 503}


async def test_what_is_not_described_would_be_noticed(here: Mapping[str, Described]) -> None:
    program = here["gateway"]
    other = json.loads(json.dumps(program.told))
    answers = other["paths"]["/regions"]["get"]["responses"]
    answers["200"]["content"]["application/json"]["schema"]["required"].append("nowhere")
    lying = Described(program.url, other, program.headers)
    with pytest.raises(FailureGroup, match="nowhere"):
        await hold(lying, "GET", "/regions", GenerationMode.POSITIVE, FEW)
    del answers["200"]
    with pytest.raises(FailureGroup, match="Undocumented status code"):
        await hold(lying, "GET", "/regions", GenerationMode.POSITIVE, FEW)
