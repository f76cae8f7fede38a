"""Every command's help, as it is in a terminal and on its page."""

import shlex

import pytest

from gateway.settings import GatewaySettings
from nearway.asking.target import VARIABLES
from nearway.commands import COMMANDS, GROUPS, Command
from renderer.settings import RendererSettings
from tests.command_page import examples
from tests.completion.described import described, parser_of
from worker.settings import WorkerSettings

ALL = pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
READING = [command for group in ("seeing", "tasks and money", "checking") for command in GROUPS[group]]
SETTINGS = {name.upper() for cls in (GatewaySettings, WorkerSettings, RendererSettings) for name in cls.model_fields}


@ALL
def test_every_example_in_a_commands_help_is_of_that_command_and_says_what_it_takes(command: Command) -> None:
    parser = parser_of(command)
    assert examples(parser)
    for line in examples(parser):
        words = shlex.split(line.removeprefix("source <(").removesuffix(")").partition(" >")[0])
        while "=" in words[0]:
            name = words.pop(0).partition("=")[0]
            assert name in SETTINGS | set(VARIABLES) or name.startswith("CONSUL_")
        assert words[:2] == ["nearway", command.name]
        parser.parse_args(words[2:])  # it ends the program where it is not content


@ALL
def test_every_argument_says_what_it_is_for_and_none_is_another_on_another_machine(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [one for one in described(command).arguments if not one.about] == []
    before = parser_of(command).format_help()
    monkeypatch.setattr("socket.gethostname", lambda: "another")
    monkeypatch.setattr("getpass.getuser", lambda: "another")
    assert parser_of(command).format_help() == before


@pytest.mark.parametrize("command", READING, ids=lambda command: command.name)
def test_every_command_that_reads_has_json(command: Command) -> None:
    assert ("--json",) in [option.flags for option in described(command).options]


@ALL
def test_a_prefix_of_an_option_is_no_option(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    # A newer version may have another that begins so.
    with pytest.raises(SystemExit) as ended:
        parser_of(command).parse_args(["--hel"])
    assert ended.value.code == 2
