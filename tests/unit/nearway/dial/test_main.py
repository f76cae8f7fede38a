import getpass

import pytest

from discovery.dials import check_by
from nearway.dial.__main__ import main, parser


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["drain"], "REGION"),
        (["drain", "us", "0.5"], "unrecognized"),
        (["dial", "us"], "SHARE"),
        (["dial", "us", "much"], "dial 'much' is not a number from 0 to 1"),
        (["dial", "us", "1.01"], "dial 1.01 is not a number from 0 to 1"),
        (["dial", "us", "-0.1"], "0"),
        (["dial", "us", "nan"], "dial nan is not a number from 0 to 1"),
        (["undrain", "US East"], "region 'US East'"),
        (["undrain", "us", "--by", "a\nb"], "by "),
        (["drain", "us", "--why", "a\nb"], "why "),
    ],
)
def test_wrong_use_is_told_with_what_is_right(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_where_no_consul_is_nothing_is_set(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CONSUL_HTTP_ADDR", "127.0.0.1:9")
    assert main(["drain", "us"]) == 1
    assert "no Consul answers, nothing was set: Consul at http://127.0.0.1:9" in capsys.readouterr().err


def test_a_wrong_address_of_consul_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CONSUL_HTTP_ADDR", "consul:port")
    assert main(["drain", "us"]) == 2
    assert "CONSUL_HTTP_ADDR" in capsys.readouterr().err


def test_who_sets_it_is_told_even_by_an_account_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(getpass, "getuser", nobody)
    by = parser("drain").parse_args(["us"]).by
    assert by.startswith("uid-")
    check_by(by)
