import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from schemathesis.generation import GenerationMode

from contract.openapi import Json, Operation, describe
from worker.methods import KINDS
from worker.task import parse_task
from worker.task_schema import task_schema

SCHEMA = task_schema()
PAGE = "https://example.com/login?a=b#c"
PROXY = {"proxy": "joe:s3cret@10.0.0.1:3128", "proxytype": "SOCKS5"}


def sent(schema: Json) -> st.SearchStrategy[Any]:
    """Bodies of the kind that a schema lets through."""
    described = describe("t", "x", [Operation(("POST",), "/solve", "Solve", body=schema)])
    operation = schemathesis.openapi.from_dict(described)["/solve"]["POST"]
    cases: st.SearchStrategy[Any] = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    return cases.map(lambda case: case.body)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(sent(SCHEMA))
def test_whatever_the_schema_lets_through_the_worker_takes(task: dict[str, Any]) -> None:
    assert parse_task(json.dumps(task).encode(), "application/json").kind.name in KINDS


@pytest.mark.parametrize("number", range(len(SCHEMA["anyOf"])), ids=[one["title"] for one in SCHEMA["anyOf"]])
def test_each_kind_is_told_from_the_others(number: int) -> None:
    one = SCHEMA["anyOf"][number]

    @settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(sent(one))
    def is_of_the_kind(task: dict[str, Any]) -> None:
        assert parse_task(json.dumps(task).encode(), None).kind.name == one["title"]

    is_of_the_kind()


def test_every_kind_is_there() -> None:
    assert [one["title"] for one in SCHEMA["anyOf"]] == list(KINDS)


@pytest.mark.parametrize(
    "task",
    [
        {"sitekey": "k", "pageurl": PAGE},
        {"method": "userrecaptcha", "sitekey": "k", "pageurl": PAGE, "enterprise": True, **PROXY},
        {"method": "userrecaptcha", "sitekey": "k", "pageurl": PAGE, "version": "v3", "action": "a", "min_score": 1},
        {"method": "turnstile", "sitekey": "k", "pageurl": PAGE, "data": "ü"},
        {"method": "base64", "body": "aGFsbG8=", "lang": "en"},
        {"method": "base64", "body": "data:image/png;base64,aGFsbG8=", "instructions": "all\ncars", "grid_size": "3x3"},
    ],
)
def test_what_people_send_is_let_through(task: dict[str, Any]) -> None:
    assert Draft202012Validator(SCHEMA).is_valid(task)
    parse_task(json.dumps(task).encode(), None)


@pytest.mark.parametrize(
    "task",
    [
        {},
        {"sitekey": "k"},
        {"sitekey": "k", "pageurl": "example.com"},
        {"sitekey": "k", "pageurl": PAGE, "proxyType": "HTTP"},
        {"sitekey": "k", "pageurl": PAGE, "proxy": "h:1"},
        {"sitekey": "k", "pageurl": PAGE, "version": "v3"},
        {"method": "captchafox", "sitekey": "k", "pageurl": PAGE},
        {"method": "base64", "body": "%%"},
        {"method": "brew"},
    ],
)
def test_what_is_refused_is_not_let_through(task: dict[str, Any]) -> None:
    assert not Draft202012Validator(SCHEMA).is_valid(task)
