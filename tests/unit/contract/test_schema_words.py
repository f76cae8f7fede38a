import pytest

from contract.openapi import Json
from contract.schema_words import prose, status, words


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string"}, "string"),
        ({}, "anything"),
        ({"const": "yes"}, '"yes"'),
        ({"enum": ["a", 1, True]}, '"a" | 1 | true'),
        ({"anyOf": [{"type": "boolean"}, {"enum": ["1"]}, {"type": "boolean"}]}, 'boolean or "1"'),
        ({"type": ["string", "null"]}, "string or null"),
        ({"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 2}}, "list of integer, at least 1, at most 2"),
    ],
)
def test_a_schema_in_words(schema: Json, said: str) -> None:
    assert words(schema) == said


def test_a_text_is_paragraphs_and_code_and_nothing_else() -> None:
    assert prose("a `b<c` & d\n\ne") == "<p>a <code>b&lt;c</code> &amp; d</p><p>e</p>"


def test_a_status_has_its_name() -> None:
    assert [status(one) for one in ("404", "4XX", "default")] == ["404 Not Found", "4XX", "default"]
