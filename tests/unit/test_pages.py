"""The generated pages are what they are generated from, and everything that must be documented is."""

import ast
import re
from pathlib import Path

import pytest

from contract.codes import CODES
from tests.pages import DOCS, PAGES

HOME = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run `make docs`"


def code_words(path: Path) -> set[str]:
    """Every string in a file that looks like one of our error codes, used where a problem is made."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("problem", "_problem"):
            found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return found


def test_every_code_that_is_used_is_in_the_table_and_every_one_in_the_table_is_used() -> None:
    used = {
        code
        for package in ("contract", "worker", "renderer", "gateway")
        for path in (HOME / package).glob("*.py")
        for code in code_words(path)
    }
    sources = [
        *(HOME / "contract").glob("*.py"),
        *(HOME / "renderer").glob("*.py"),
        *(HOME / "worker").glob("*.py"),
        *(HOME / "templates").rglob("*.j2"),
    ]
    text = " ".join(path.read_text() for path in sources if path.name != "codes.py")
    assert used <= set(CODES)
    assert [code for code in CODES if code not in used and not re.search(rf"\b{code}\b", text)] == []


def test_no_link_in_the_docs_leads_nowhere() -> None:
    dead = [
        f"{page.name}: {target}"
        for page in [HOME / "README.md", *DOCS.rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert dead == []
