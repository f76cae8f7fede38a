"""The descriptions of gateway and worker tell of all that these serve, and of nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import SecretStr
from sanic import Sanic

from contract.client_certificate import OPEN
from contract.codes import CODES
from contract.openapi import NOWHERE
from discovery.access import Access
from gateway.app import WITHOUT_KEY
from gateway.app import create_app as create_gateway
from gateway.config import GatewayConfig, RouteRow
from gateway.description import describe_gateway
from gateway.gateway import Gateway
from gateway.settings import GatewaySettings
from tests.unit.test_pages import HOME, code_words
from worker.app import create_app as create_worker
from worker.description import describe_worker
from worker.settings import WorkerSettings

ROUTES = (RouteRow(path="/v1/images/", methods=("GET", "HEAD", "POST")), RouteRow(path="/v2/", methods=("PATCH",)))
OF_A_REGION = {"REGION_EMPTY", "REGION_FULL", "REGION_UNREACHABLE", "WORKER_TOKEN_REFUSED"}
"""Codes of a region's nginx: gateways take them for what they are, and on a route pass them on."""


def a_gateway() -> Sanic[Any, Any]:
    settings = GatewaySettings(consul_register=False)
    return create_gateway(Gateway(settings, GatewayConfig(route=ROUTES), Access()), settings, Access())


def a_worker() -> Sanic[Any, Any]:
    return create_worker(WorkerSettings(captchaai_api_key=SecretStr("0" * 32), region="x", consul_register=False))


PROGRAMS = {
    "gateway": (a_gateway, describe_gateway(ROUTES, keyed=True, certified=True)),
    "worker": (a_worker, describe_worker(certified=True, tokened=True)),
}
named = pytest.mark.parametrize("name", PROGRAMS)


def bare(path: str) -> str:
    """A path without its parameters' names, as Sanic or a description has it."""
    return re.sub(r"<[^>]*>|\{[^}]*\}", "{}", f"/{path.lstrip('/')}")


def codes_in(told: object) -> set[str]:
    """Every code of ours that a description names in a problem's schema."""
    lists = re.findall(r'"enum": \[([^]]*)\]', json.dumps(told))
    return {word for one in lists for word in re.findall(r'"(\w+)"', one)} & set(CODES)


@named
def test_every_route_is_described_and_every_one_described_is_there(name: str) -> None:
    make, told = PROGRAMS[name]
    app = make()
    app.router.finalize()
    served = {(bare(route.path), method) for route in app.router.routes for method in route.methods}
    described = {(bare(path), method.upper()) for path, methods in told["paths"].items() for method in methods}
    assert described == served, f"what is served and what {name}/description.py has a row for are not the same"


@named
def test_every_error_that_a_program_can_tell_is_described(name: str) -> None:
    told = codes_in(PROGRAMS[name][1])
    own = {code for path in (HOME / name).rglob("*.py") for code in code_words(path)}
    shared = {code for path in (HOME / "contract").glob("*.py") for code in code_words(path)}
    # No part shows a gateway a token.
    assert (own | shared) - {*NOWHERE, *OF_A_REGION, *({"TOKEN_REQUIRED"} if name == "gateway" else ())} <= told
    assert len(own) > 5


def test_every_code_there_is_is_described_somewhere() -> None:
    told = codes_in([description for _, description in PROGRAMS.values()])
    assert set(CODES) - told - {*NOWHERE} == OF_A_REGION


@named
def test_the_text_names_the_codes_of_what_there_is_not(name: str) -> None:
    assert all(code in PROGRAMS[name][1]["info"]["description"] for code in NOWHERE)


def test_what_needs_no_key_and_no_certificate_is_described_so() -> None:
    for (_, told), open_ones in ((PROGRAMS["gateway"], WITHOUT_KEY), (PROGRAMS["worker"], OPEN)):
        rows = [(path, one["responses"]) for path, methods in told["paths"].items() for one in methods.values()]
        assert {path for path, answers in rows if "403" not in answers} == set(open_ones)


@named
def test_every_schema_in_it_is_one(name: str) -> None:
    found = 0

    def look(thing: object) -> None:
        nonlocal found
        if isinstance(thing, dict):
            if "schema" in thing:
                jsonschema_rs.meta.validate(thing["schema"])
                found += 1
            for one in thing.values():
                look(one)
        elif isinstance(thing, list):
            for one in thing:
                look(one)

    look(PROGRAMS[name][1])
    assert found > 30


def test_the_templates_are_packaged() -> None:
    assert (Path(HOME) / "templates" / "docs" / "api.html.j2").is_file()
