import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from contract.describing import policy, render
from contract.openapi import Answer, Operation, Parameter, describe
from gateway.config import RouteRow
from gateway.description import describe_gateway
from worker.description import describe_worker

DESCRIPTIONS = {
    "gateway": describe_gateway((RouteRow(path="/v1/", methods=("GET", "POST")),), keyed=True, certified=True),
    "worker": describe_worker(certified=False),
}
HOSTILE = "<script>alert(1)</script>&\"'"


class Page(HTMLParser):
    """What is in a page: its tags with their attributes, in order, and whether all that was opened is closed."""

    EMPTY = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_page_fetches_nothing_runs_nothing_and_is_whole(name: str) -> None:
    page = Page(render(DESCRIPTIONS[name]))
    assert page.open == []
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "form", "object", "base"}
    assert not {one for _, attributes in page.tags for one in attributes if one.startswith("on") or one in ("style", "src")}
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert all(link == "/openapi.json" or (link or "").startswith("#") for link in links)


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_page_tells_of_every_operation_and_error_with_a_line_to_try(name: str) -> None:
    page, told = render(DESCRIPTIONS[name]), DESCRIPTIONS[name]
    anchors = re.findall(r'<h2 id="(\w+)">', page)
    operations = [(one["operationId"], one) for methods in told["paths"].values() for one in methods.values()]
    assert anchors == [identity for identity, _ in operations if not identity.startswith("head_")] + ["problems"]
    assert page.count("<pre>curl ") == len(anchors) - 1
    for code in re.findall(r"`([A-Z_]{8,})`", str(operations)):
        assert f"<code>{code}</code>" in page


def test_the_policy_lets_in_the_pages_own_style_and_nothing_else() -> None:
    page = render(DESCRIPTIONS["worker"])
    (style,) = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy(page).startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy(page)


def test_what_looks_like_html_is_shown_and_not_read() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {HOSTILE: {"enum": [HOSTILE], "description": HOSTILE}}}
    row = Operation(
        ("POST",),
        f"/{HOSTILE}",
        HOSTILE,
        f"`{HOSTILE}`",
        answers=(Answer(200, HOSTILE, schema, {HOSTILE: {}}),),
        parameters=(Parameter(HOSTILE, "header", HOSTILE, {"enum": [HOSTILE]}, HOSTILE),),
        body=schema,
        example={HOSTILE: HOSTILE},
    )
    page = Page(render(describe(HOSTILE, HOSTILE, [row])))
    assert "script" not in [tag for tag, _ in page.tags]
    assert page.open == []
