from pathlib import Path

import pytest

from renderer.tool.command import Command, parse_command, parse_program


def test_a_line_is_for_the_shell_and_a_path_in_it_is_quoted() -> None:
    command = parse_command("grep x {path} | wc -l")
    assert command.argv == ("/bin/sh", "-c", "grep x {path} | wc -l")
    assert command.about(Path("/a b/$c")).argv[2] == "grep x '/a b/$c' | wc -l"
    assert str(command) == "grep x {path} | wc -l"


def test_a_list_is_for_no_shell_and_a_path_in_it_is_as_it_is() -> None:
    command = parse_command(["grep", "a b", "--file={path}"])
    assert command.about(Path("/a b/$c")).argv == ("grep", "a b", "--file=/a b/$c")
    assert str(command) == "grep 'a b' '--file={path}'"


def test_a_program_has_no_shell_between() -> None:
    assert parse_program("nginx -g 'daemon off;'").argv == ("nginx", "-g", "daemon off;")
    assert parse_program(["nginx", "-g", "daemon off;"]) == parse_program("nginx -g 'daemon off;'")


@pytest.mark.parametrize("said", ["", " ", [], [1], None, 5, "a\0b", ["a\0"]])
def test_what_is_no_command(said: object) -> None:
    with pytest.raises(ValueError, match="is no command"):
        parse_command(said)


def test_one_that_says_the_same_is_the_same() -> None:
    assert {parse_command("a b"), parse_command("a b"), parse_command(["a", "b"])} == {
        Command(("a b",), by_shell=True),
        Command(("a", "b")),
    }
