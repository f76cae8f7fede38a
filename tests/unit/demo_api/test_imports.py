import ast
import sys
from pathlib import Path

import pytest

import demo.api

FILES = sorted(Path(demo.api.__file__).parent.glob("*.py"))
ALLOWED = {"demo", "sanic", "aiohttp", "pydantic", *sys.stdlib_module_names}
SHELL = {"__main__", "app", "control", "exchange", "pinging", "serving", "solving"}
"""The modules that do; all others decide."""


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_simulated_api_imports_nothing_of_what_it_judges(path: Path) -> None:
    names = imported(path)
    assert {name.partition(".")[0] for name in names} <= ALLOWED
    assert {name for name in names if name.startswith("demo.") and not name.startswith("demo.api")} == set()


@pytest.mark.parametrize("path", [path for path in FILES if path.stem not in SHELL], ids=lambda path: path.stem)
def test_what_decides_knows_no_clock_no_socket_and_no_loop(path: Path) -> None:
    tools = {"asyncio", "time", "datetime", "socket", "secrets", "logging", "sanic", "aiohttp", "os", "threading"}
    shell = {f"demo.api.{name}" for name in SHELL}
    assert imported(path) & (tools | shell) == set()
