import json

import pytest

from contract.codes import CODES
from contract.openapi import EDGE, Answer, Operation, Parameter, Theirs, describe

ROW = Operation(
    ("POST",),
    "/x/{id}",
    "Do it",
    answers=(
        Answer(200, "Done.", {"type": "object"}, {"Location": {"type": "string"}}),
        Answer(503, "Not now.", {"type": "object"}),
    ),
    codes=("NO_REGION", "SUBMISSION_UNKNOWN"),
    statuses={"SUBMISSION_UNKNOWN": 502},
    parameters=(Parameter("id", "path", "Which.", example="7"),),
    body={"type": "object"},
)
CLOSED = Operation(("GET", "HEAD"), "/health", "Look", answers=(Answer(200, "Well.", {"type": "object"}),), keyless=True)


def codes_of(told: dict, path: str, method: str) -> dict[str, list[str]]:  # type: ignore[type-arg]
    """By status, the codes of an operation's problems."""
    found = {}
    for status, response in told["paths"][path][method]["responses"].items():
        problem = response.get("content", {}).get("application/problem+json")
        if problem:
            found[status] = problem["schema"]["allOf"][1]["properties"]["error"]["enum"]
    return found


def test_each_code_is_at_its_status_or_the_one_that_the_operation_gives_it() -> None:
    found = codes_of(describe("t", "x", [ROW]), "/x/{id}", "post")
    assert found["503"] == ["TOO_MANY_CONNECTIONS", "NO_ROOM", "NO_REGION"]
    assert found["502"] == ["SUBMISSION_UNKNOWN"]
    assert {code for row in found.values() for code in row} == {*EDGE, "NO_REGION", "SUBMISSION_UNKNOWN"}


def test_a_problem_says_what_is_known_of_the_money_and_what_to_do() -> None:
    response = describe("t", "x", [ROW])["paths"]["/x/{id}"]["post"]["responses"]["502"]
    assert response["headers"]["Task-Submitted"] == {
        "description": "Whether the task is paid for.",
        "required": True,
        "schema": {"enum": ["unknown"]},
    }
    assert CODES["SUBMISSION_UNKNOWN"].advice in response["description"]


def test_a_status_with_a_problem_and_another_answer_has_both() -> None:
    response = describe("t", "x", [ROW])["paths"]["/x/{id}"]["post"]["responses"]["503"]
    assert set(response["content"]) == {"application/json", "application/problem+json"}
    assert not response["headers"]["Task-Submitted"]["required"]


def test_codes_of_others_are_let_through_where_they_are_said_to_come() -> None:
    theirs = Theirs({"type": "string"}, "Passed on.")
    told = describe("t", "x", [Operation(("GET",), "/y", "Look", theirs={"4XX": theirs})])["paths"]["/y"]["get"]["responses"]
    assert told["400"]["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["error"] == {
        "anyOf": [{"enum": ["BAD_REQUEST"]}, {"type": "string"}]
    }
    assert told["4XX"]["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["error"] == {"type": "string"}
    assert told["4XX"]["headers"]["Task-Submitted"]["schema"] == {"enum": ["no", "yes", "unknown"]}
    assert "anyOf" not in json.dumps(told["500"])


@pytest.mark.parametrize("keyed", [True, False])
def test_who_needs_a_key_is_told_so(keyed: bool) -> None:
    told = describe("t", "x", [ROW, CLOSED], keyed=keyed, guarded=("UNAUTHORIZED", "FORBIDDEN") if keyed else ())
    assert told["paths"]["/x/{id}"]["post"]["security"] == ([{"tenant": []}] if keyed else [])
    assert told["paths"]["/health"]["get"]["security"] == []
    found = codes_of(told, "/x/{id}", "post")
    assert ("UNAUTHORIZED" in found.get("401", [])) == keyed
    assert found.get("403", []) == (["FORBIDDEN"] if keyed else [])
    assert "403" not in codes_of(told, "/health", "get")
    assert ("securitySchemes" in told["components"]) == keyed


def test_what_answers_head_tells_of_no_body() -> None:
    head = describe("t", "x", [CLOSED])["paths"]["/health"]["head"]
    assert all("content" not in response for response in head["responses"].values())
    assert "200" in head["responses"]


def test_a_description_describes_itself() -> None:
    assert set(describe("t", "x", [])["paths"]) == {"/openapi.json", "/docs"}
