import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from contract.settings import SettingsError
from contract.token import Tokens
from contract.token_source import RegionTokenSettings, TokenSource, WorkerTokenSettings

OLD, NEW = "a" * 40, "b" * 40


def test_a_token_stands_in_the_variable_or_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{OLD}\n")
    for environ in ({"REGION_TOKEN": OLD}, {"REGION_TOKEN_FILE": str(file)}):
        assert RegionTokenSettings.read(environ).region_tokens().tokens == Tokens((OLD,))
    assert WorkerTokenSettings.read({"WORKER_TOKEN": f"{OLD},{NEW}"}).worker_tokens().tokens == Tokens((OLD, NEW))
    assert WorkerTokenSettings.read({"REGION_TOKEN": OLD}).worker_tokens().tokens is None


@pytest.mark.parametrize("value", ["", " ", "short", f"{OLD},{OLD}", "\x00" * 40])
def test_a_variable_that_holds_no_token_is_an_error_that_names_it_and_never_no_token(value: str) -> None:
    with pytest.raises(SettingsError, match=r"^REGION_TOKEN") as caught:
        RegionTokenSettings.read({"REGION_TOKEN": value})
    assert OLD not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\xff" * 40, f"{OLD}\n{OLD}\n{NEW}".encode(), None, b"x" * 5000])
def test_a_file_that_holds_no_token_is_an_error_that_names_setting_and_file(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"WORKER_TOKEN_FILE.*/token") as caught:
        WorkerTokenSettings.read({"WORKER_TOKEN_FILE": str(file)}).worker_tokens()
    assert OLD not in str(caught.value)


def test_an_empty_name_of_a_file_is_an_error() -> None:
    with pytest.raises(SettingsError, match="WORKER_TOKEN_FILE is set, and empty"):
        WorkerTokenSettings.read({"WORKER_TOKEN_FILE": ""})


def test_one_of_the_two_is_enough(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="both"):
        RegionTokenSettings.read({"REGION_TOKEN": OLD, "REGION_TOKEN_FILE": str(tmp_path)}).region_tokens()


def test_a_file_that_changed_is_taken_up_and_what_is_no_good_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    file = tmp_path / "token"
    file.write_text(OLD)
    source = TokenSource("REGION_TOKEN", None, file)
    assert not source.look()
    file.write_text(f"{OLD}\n{NEW}\n")
    assert source.look()
    assert not source.look()
    assert source.tokens == Tokens((OLD, NEW))
    for bad in ("", "short"):
        file.write_text(bad)
        assert not source.look()
        assert not source.look()
        assert source.tokens == Tokens((OLD, NEW))
    file.unlink()
    assert not source.look()
    assert [record.levelname for record in caplog.records] == ["INFO", "ERROR", "ERROR", "ERROR"], "each trouble is told once"
    file.write_text(NEW)
    assert source.look()
    assert source.tokens == Tokens((NEW,))
    assert OLD not in caplog.text
    assert NEW not in caplog.text


def test_a_variable_stays_what_it_is() -> None:
    assert not TokenSource("REGION_TOKEN", SecretStr(OLD), None).look()
    assert TokenSource("REGION_TOKEN", None, None).tokens is None
