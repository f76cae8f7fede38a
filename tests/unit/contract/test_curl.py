import shlex

import pytest

from contract.curl import example
from contract.openapi import Json, Operation, Parameter, describe

ROW = Operation(
    ("GET", "HEAD", "POST", "PATCH"),
    "/a/{id}",
    "Do",
    parameters=(
        Parameter("id", "path", "Which.", example="7"),
        Parameter("q", "query", "What.", example="a b&c"),
        Parameter("X-Said", "header", "How.", example="it's $HOME"),
        Parameter("X-Not-Shown", "header", "How."),
    ),
    body={"type": "object"},
    example={"a": "it's"},
)


def words(method: str, api: Json | None = None) -> list[str]:
    return shlex.split(example(api or describe("t", "x", [ROW]), "/a/{id}", method))


def test_an_example_is_a_line_that_a_shell_reads_as_it_was_meant() -> None:
    assert words("get") == ["curl", "$URL/a/7?q=a+b%26c", "-H", "X-Said: it's $HOME"]
    assert words("post")[-4:] == ["-H", "Content-Type: application/json", "-d", '{"a": "it\'s"}']


@pytest.mark.parametrize(("method", "said"), [("get", []), ("post", []), ("head", ["-I"]), ("patch", ["-X", "PATCH"])])
def test_a_method_is_named_where_curl_would_not_use_it_by_itself(method: str, said: list[str]) -> None:
    assert words(method)[1 : 1 + len(said)] == said
    assert words(method)[1 + len(said)].startswith("$URL/")


def test_a_key_is_shown_where_one_is_needed() -> None:
    assert "Authorization: Bearer $KEY" in words("get", describe("t", "x", [ROW], keyed=True))
    assert "Authorization: Bearer $KEY" not in words("get")
