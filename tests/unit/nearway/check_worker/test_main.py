import ast
import json
from pathlib import Path

import pytest

from nearway.check_worker.__main__ import is_loopback, main, parser
from nearway.check_worker.report import as_json, as_text
from nearway.check_worker.rules import judged
from nearway.check_worker.verdict import Level
from tests.unit.nearway.check_worker.making import seen
from tests.unit.test_house import NOT_FOR_DECIDING, imports

PACKAGE = Path(__file__).parents[4] / "nearway" / "check_worker"
DOES = {"__main__", "asking"}


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8080", True),
        ("http://localhost:8080", True),
        ("http://localhost.example.com:8080", False),
        ("http://10.0.0.1:8080", False),
        ("http://0.0.0.0:8080", False),
        ("http://worker:8080", False),
    ],
)
def test_what_is_on_this_machine(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


def test_a_worker_elsewhere_is_asked_nothing_without_the_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://10.0.0.1:1"]) == 2
    assert "add --yes-it-may-cost" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["10.0.0.1:1"], "is not like http://"),
        (["http://10.0.0.1:99999"], "URL"),
        (["http://127.0.0.1:1/solve"], "no path"),
        (["http://127.0.0.1:1", "--level", "gold"], "invalid choice"),
        (["http://127.0.0.1:1", "--task", "{"], "not JSON"),
        (["http://127.0.0.1:1", "--task", "[]"], "not a JSON object"),
        (["http://127.0.0.1:1", "--fill", "0"], "1 to 100000"),
        (["http://127.0.0.1:1", "--fill", "1_0"], "1 to 100000"),
        (["http://127.0.0.1:1", "--timeout", "nan"], "above 0"),
        (["http://127.0.0.1:1", "--timeout", "soon"], "above 0"),
        (["http://127.0.0.1:1", "--other", "elsewhere"], "--other"),
        ([], "URL"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_the_help_says_that_it_costs() -> None:
    assert "IT SPENDS MONEY" in parser().format_help()


def test_both_reports_say_the_same() -> None:
    lines = judged(seen())
    *rows, last = json.loads(as_json(lines, Level.BASIC, 3))
    text = as_text(lines, Level.BASIC, 3).splitlines()
    assert [f"{row['mark']:4} {row['text']}" for row in rows] == text[:-1]
    assert (last["reached"], last["tasks"], last["text"]) == ("basic", 3, text[-1])
    assert json.loads(as_json(lines, None, 0))[-1]["reached"] is None


@pytest.mark.parametrize("path", [path for path in PACKAGE.glob("*.py") if path.stem not in DOES], ids=lambda path: path.stem)
def test_what_decides_has_no_clock_no_socket_and_no_chance_of_its_own(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))
    assert {name for name in imports(path) if name.split(".")[0] in {*NOT_FOR_DECIDING, "aiohttp"}} == set()
