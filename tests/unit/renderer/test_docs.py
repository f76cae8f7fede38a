"""docs/render.md and docs/from-consul-template.md are right: every example is run, and nothing is left out."""

import re
from pathlib import Path

import pytest
from jinja2.filters import FILTERS as JINJA_FILTERS

from renderer.elsewhere import FILTERS_RENAMED, NOT_HERE, RENAMED
from renderer.engine import Rendered
from renderer.filters import FILTERS
from renderer.reading import Reading, Sources
from renderer.tables import Table
from renderer.telling import Record
from renderer.tool.arguments import parser, read_arguments
from renderer.tool.config import Config, Delimiters, Program, Template
from renderer.tool.report import Families, Report, status
from tests.unit.renderer.knowledge import Write, knowing, settled

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "render.md").read_text()
COMING = (DOCS / "from-consul-template.md").read_text()

TABLES = re.findall(r"^\| example \| gives \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
ROWS = re.findall(r"^\| `(.+)` \| (.+) \|$", "".join(TABLES), re.MULTILINE)
EXAMPLES = [(example.replace("\\|", "|"), gives) for example, gives in ROWS]


@pytest.mark.parametrize(("example", "gives"), EXAMPLES, ids=[example for example, _ in EXAMPLES])
def test_an_example_gives_what_the_page_says(page: Write, example: str, gives: str) -> None:
    outcome, _ = settled(page(f"{{{{ {example} }}}}"))
    assert isinstance(outcome, Rendered), outcome
    assert " ".join(outcome.text.split()) == gives


def test_every_function_and_filter_has_an_example() -> None:
    functions = set(Reading(Sources()).functions()) - set(RENAMED) - set(NOT_HERE)
    used = " ".join(example for example, _ in EXAMPLES)
    assert {name for name in functions if f"{name}(" not in used} == set()
    assert {name for name in FILTERS if not re.search(rf"\| {name}\b", used)} == set()


def test_every_argument_is_on_the_page() -> None:
    options = {option for action in parser()._actions for option in action.option_strings} - {"-h", "--help"}
    assert {option for option in options if f"`{option}" not in PAGE} == set()


@pytest.mark.parametrize("table", [Config, Template, Program, Delimiters])
def test_every_key_is_on_the_page(table: type[Table]) -> None:
    keys = set(table.model_fields) - {"template", "exec"}
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()


def test_every_metric_and_member_of_the_status_is_on_the_page() -> None:
    record = Record(1.0, 1, 1.0, 1, 1.0, "x", "x")
    report = Report((("in", "out", record),), knowing([]), True, 1, 2.0, 2.0)
    said = status(report)
    assert isinstance(said["templates"], list)
    members = {*said, *said["templates"][0]} - {"destination"}
    assert {name for name in members if f"`{name}`" not in PAGE} == set()
    names = {family.name for family in Families(report).collect() if "_last_" not in family.name}
    assert {name for name in names if f"`{name}" not in PAGE} == set()


def test_every_name_of_consul_template_is_on_the_page() -> None:
    assert {name for name in {*RENAMED, *FILTERS_RENAMED} if f"`{name}`" not in COMING} == set()
    known = {*FILTERS, *JINJA_FILTERS}
    assert {name for name in FILTERS_RENAMED.values() if name not in known} == set()
    assert {name for name in NOT_HERE if name not in COMING} - {"caLeaf", "exportedServices", "importedServices"} <= {
        "nomadService", "nomadServices", "nomadVar",
    }  # fmt: skip


def test_the_translated_template_can_be_rendered(page: Write) -> None:
    (text,) = re.findall(r"```jinja\n(.*?)```", COMING, re.DOTALL)
    pairs = {"app/config": '{"name": "shop"}', "app/limits": "5"}
    outcome, _ = settled(page(text), (), pairs)
    assert isinstance(outcome, Rendered), outcome
    assert "".join(outcome.text.split()) == 'limit5;shopconfig={"name":"shop"}limits=5'


def test_the_file_on_the_page_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "upstreams.j2").write_text("")
    (tmp_path / "render.toml").write_text(text)
    assert read_arguments(["--config", "render.toml"]).config.exec is not None
