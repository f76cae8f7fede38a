"""The table of commands, and the entry."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from contract import __version__
from nearway.__main__ import main
from nearway.commands import COMMANDS, GROUPS, Command, usage

HOME = Path(__file__).resolve().parents[3]

HEAVY = {"sanic", "aiohttp", "asyncio", "pydantic", "rich", "ssl", "http.client", "sqlalchemy", "jinja2", "consul", "difflib"}
"""What takes a second to import, all together."""


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_what_is_run_is_there(command: Command) -> None:
    assert importlib.util.find_spec(f"{command.module}.__main__") is not None


def test_no_name_is_there_twice_and_every_one_is_in_the_usage() -> None:
    named = [line.split()[0] for line in usage().splitlines() if line.startswith("  ")]
    assert sorted(named) == sorted(command.name for group in GROUPS.values() for command in group)
    assert sorted(named) == sorted(COMMANDS)


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_what_says_only_what_there_is_imports_nothing_else(word: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "nearway", word], cwd=HOME, capture_output=True, text=True, check=True
    )
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "nearway.commands" in imported
    assert imported & HEAVY == set()


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]], ids=str)
def test_without_a_command_it_tells_which_there_are(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main(words)
    assert capsys.readouterr().out == usage() + "\n"


def test_it_says_which_version_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--version"])
    assert capsys.readouterr().out == f"nearway {__version__}\n"


def test_help_of_a_command_is_the_commands_help(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["help", "dial"], ["dial", "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
        assert capsys.readouterr().out.startswith("usage: nearway dial")


@pytest.mark.parametrize(("word", "meant"), [("statu", "did you mean status?"), ("check_worker", "did you mean check-worker?")])
def test_a_command_there_is_not_is_wrong_use_and_the_one_that_is_meant_is_named(
    word: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([word])
    assert ended.value.code == 2
    assert meant in capsys.readouterr().err


def test_ctrl_c_is_no_fault(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(words: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("nearway.look.__main__.main", interrupted)
    with pytest.raises(SystemExit) as ended:
        main(["status"])
    assert ended.value.code == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_has_read_enough_sees_no_traceback() -> None:
    # `head` reads one line of a help that is longer than a pipe holds.
    code = (
        "import sys, nearway.look.__main__ as look; from nearway.__main__ import main\n"
        "look.main = lambda words: print('line\\n' * 100_000) or 0\n"
        "main(['status'])"
    )
    shell = f'"{sys.executable}" -c "{code}" | head -1'
    ended = subprocess.run(["sh", "-c", shell], cwd=HOME, capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("line\n", "")
