"""Which gateway is asked, and as whom."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from nearway.asking.target import VARIABLES, Target, TargetError, add_target, target_from

KEY = "nw_0123456789"


def target(*words: str, environ: Mapping[str, str] | None = None) -> Target:
    parser = argparse.ArgumentParser()
    add_target(parser)
    return target_from(parser.parse_args(words), {} if environ is None else environ)


def test_the_command_line_counts_before_the_environment_and_that_before_the_default() -> None:
    environ = {"NEARWAY_URL": "http://10.0.0.1:8000/"}
    assert target().url == "http://127.0.0.1:8000"
    assert target(environ={"NEARWAY_URL": ""}).url == "http://127.0.0.1:8000"
    assert target(environ=environ).url == "http://10.0.0.1:8000"
    assert target("--gateway", "https://gateway.example", environ=environ).url == "https://gateway.example"


def test_a_key_comes_from_its_file_else_from_the_environment_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert target().key is None
    assert target(environ={"NEARWAY_KEY": KEY}).key == KEY
    assert target("--key-file", str(file), environ={"NEARWAY_KEY": "other"}).key == KEY
    assert KEY not in repr(target(environ={"NEARWAY_KEY": KEY}))


@pytest.mark.parametrize(
    ("words", "environ", "told"),
    [
        (["--gateway", "gateway:8000"], {}, "--gateway: url 'gateway:8000' is not like http://10.0.0.1:8081"),
        ([], {"NEARWAY_URL": "http://gateway/path"}, "NEARWAY_URL: url 'http://gateway/path' is not like"),
        ([], {"NEARWAY_URL": "http://gateway:99999"}, "NEARWAY_URL: "),
        ([], {"NEARWAY_KEY": "two words"}, "NEARWAY_KEY holds no key"),
        ([], {"NEARWAY_KEY": "a\r\nX-Other: b"}, "NEARWAY_KEY holds no key"),
        ([], {"NEARWAY_KEY": "schlüssel"}, "NEARWAY_KEY holds no key"),
        (["--key-file", "/nowhere/key"], {}, "--key-file /nowhere/key can't be read: No such file or directory"),
        (["--key-file", "/dev/null"], {}, "--key-file /dev/null holds no key"),
        ([], {"NEARWAY_CA": "/nowhere/ca.pem"}, "NEARWAY_CA: /nowhere/ca.pem can't be read"),
        ([], {"NEARWAY_CERTIFICATE": "/nowhere/a.crt"}, "NEARWAY_CERTIFICATE is set and NEARWAY_CERTIFICATE_KEY is not"),
    ],
    ids=str,
)
def test_what_can_not_be_meant_is_told_with_its_name(words: list[str], environ: dict[str, str], told: str) -> None:
    with pytest.raises(TargetError) as error:
        target(*words, environ=environ)
    assert str(error.value).startswith(told)
    assert "schlüssel" not in str(error.value)


def test_every_variable_that_is_read_is_told_of() -> None:
    read: set[str] = set()

    class Recorded(Mapping[str, str]):
        def __getitem__(self, name: str) -> str:
            read.add(name)
            raise KeyError(name)

        def __iter__(self) -> Iterator[str]:
            return iter(())

        def __len__(self) -> int:
            return 0

    target(environ=Recorded())
    assert read == set(VARIABLES) - {"NO_COLOR"}
