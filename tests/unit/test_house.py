"""The rules of the house: who may import whom, and which modules only decide."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]

MAY_IMPORT = {
    "contract": set(),
    "discovery": set(),
    "attempt": {"contract"},
    "worker": {"contract", "discovery"},
    "renderer": {"contract", "discovery"},
    "gateway": {"attempt", "contract", "discovery"},
    "nearway": {"attempt", "contract", "discovery"},
    "demo": set(),
}
"""Imports point one way, and nothing imports `demo`, which starts the programs by their names."""

DOES = {
    "attempt": {"exchange"},
    "contract": {
        "client_certificate",
        "describing",
        "door",
        "export",
        "follow",
        "guard",
        "logs",
        "room",
        "serving",
        "tls",
        "token_required",
        "token_source",
    },
    "discovery": {"background", "consul", "dialling", "following", "keeper", "own_address", "watcher"},
    "gateway": {
        "__main__",
        "admission",
        "app",
        "asked",
        "carry",
        "carrying",
        "clients",
        "continuing",
        "following",
        "gateway",
        "geoip",
        "held",
        "keyed",
        "passing",
        "probe",
        "ranking",
        "recalling",
        "reload",
        "spending",
        "streaming",
        "telling",
    },
    "gateway/tenant": {"__main__", "file"},
    "nearway": {"__main__", "screen"},
    "nearway/asking": {"ask"},
    "nearway/doctor": {"__main__", "asking", "looking"},
    "nearway/look": {"__main__", "watch"},
    "nearway/register": {"__main__", "child", "looking", "reporting", "running"},
    "nearway/solve": {"__main__", "feed", "kept", "running"},
    "renderer": {
        "__main__",
        "app",
        "applying",
        "change",
        "child",
        "checking",
        "children",
        "evaluating",
        "files",
        "leftover",
        "limit",
        "lock",
        "nginx",
        "once",
        "output",
        "running",
        "settings",
        "stage",
        "status",
        "supervision",
        "telling",
        "token_files",
        "tool",
    },
    "gateway/callbacks": {"courier", "delivery"},
    "nearway/balancer": {"admission", "asynchronous", "blocking", "carrying", "joining"},
    "nearway/client": {"asynchronous", "blocking", "looping", "many"},
    "gateway/dashboard": {"board", "books", "live", "mailbox", "money", "pages", "signing", "turning"},
    "gateway/ledger": {
        "__main__",
        "claims",
        "entry",
        "file",
        "hold",
        "kept",
        "ledger",
        "migrate",
        "reading",
        "server",
        "store",
        "upkeep",
        "writer",
    },
}
"""The modules that do, by their folder. All others of these packages only decide."""

NOT_FOR_DECIDING = {
    "aiohttp",
    "asyncio",
    "consul",
    "logging",
    "os",
    "random",
    "sanic",
    "socket",
    "subprocess",
    "threading",
    "time",
}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file names in an import, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it points"
            assert node.module is not None
            yield node.module


def modules(package: str) -> list[Path]:
    return sorted((HOME / package).rglob("*.py"))


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package: str) -> None:
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[package] - {package}
    assert modules(package), f"there is no package {package}"
    wrong = [f"{path.name}: {name}" for path in modules(package) for name in imports(path) if name.split(".")[0] in forbidden]
    assert wrong == []


def test_the_simulated_api_stands_alone() -> None:
    ours = [f"{path.name}: {name}" for path in modules("demo/api") for name in imports(path) if name.split(".")[0] in MAY_IMPORT]
    assert [one for one in ours if not one.split(": ")[1].startswith("demo.api")] == []


@pytest.mark.parametrize(
    "path",
    [path for package in DOES for path in sorted((HOME / package).glob("*.py")) if path.stem not in DOES[package]],
    ids=lambda path: f"{path.parent.name}.{path.stem}",
)
def test_what_decides_has_no_clock_no_socket_and_no_chance_of_its_own(path: Path) -> None:
    assert {name for name in imports(path) if name.split(".")[0] in NOT_FOR_DECIDING} == set()


def test_every_module_named_as_doing_is_there() -> None:
    there = {package: {path.stem for path in modules(package)} for package in DOES}
    assert {package: names - there[package] for package, names in DOES.items() if names - there[package]} == {}


def test_the_rule_would_be_noticed_if_broken(tmp_path: Path) -> None:
    sneaky = tmp_path / "sneaky.py"
    sneaky.write_text("def f():\n    from gateway.app import create_app\n    import asyncio.tasks\n")
    assert list(imports(sneaky)) == ["gateway.app", "asyncio.tasks"]
