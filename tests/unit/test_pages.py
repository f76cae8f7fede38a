"""The generated pages are what they are generated from, and everything that must be documented is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import gateway.config
from contract.codes import CODES
from tests.pages import DOCS, made

HOME = Path(__file__).resolve().parents[2]
MADE = made()


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.name)
def test_what_is_made_is_up_to_date(path: Path) -> None:
    assert path.read_text() == MADE[path], "run `make docs`"


def every_key(cls: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """The keys of a model, and of the models in it, however deep."""
    for name, field in cls.model_fields.items():
        yield name, field
        for inner in re.findall(r"gateway\.config\.(\w+)", repr(field.annotation)):
            yield from every_key(getattr(gateway.config, inner))


def test_every_key_of_the_policy_file_is_in_the_table_and_says_what_it_means() -> None:
    page = (DOCS / "settings.md").read_text()
    keys = list(every_key(gateway.config.GatewayConfig))
    assert "cidr" in [name for name, _ in keys], "the tables within are looked at, too"
    assert [name for name, field in keys if not field.description] == []
    assert [
        name for name, field in keys if not re.search(rf"^\| `(\S+\.)?{name}` .*{re.escape(str(field.description))}", page, re.M)
    ] == []


def code_words(path: Path) -> set[str]:
    """Every string in a file that looks like one of our error codes, used where a problem is made."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in (
            "problem",
            "_problem",
            "_paid",
        ):
            found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return found


def test_every_code_that_is_used_is_in_the_table_and_every_one_in_the_table_is_used() -> None:
    used = {
        code
        for package in ("contract", "worker", "renderer", "gateway")
        for path in (HOME / package).rglob("*.py")
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


def test_every_test_that_the_list_of_attacks_names_is_there() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", (DOCS / "attacks.md").read_text())
    sources = [(path.name, path.read_text()) for path in (HOME / "tests").rglob("test_*.py")]
    there = {(name, test) for name, source in sources for test in re.findall(r"^(?:async )?def (test_\w+)", source, re.M)}
    assert len(named) > 30
    assert set(named) - there == set()
