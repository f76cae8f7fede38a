"""The settings, and the program's first words."""

import subprocess
import sys

import pytest

from contract.settings import SettingsError, markdown
from worker.__main__ import main
from worker.settings import WorkerSettings

KEY = "0123456789abcdef0123456789abcdef"
GOOD = {"CAPTCHAAI_API_KEY": KEY, "REGION": "us-east"}


def test_defaults_are_the_given_ones() -> None:
    settings = WorkerSettings.read(GOOD)
    assert (settings.max_concurrent, settings.port, settings.host) == (20, 8080, "127.0.0.1")
    assert (settings.captchaai_url, settings.drain_timeout, settings.consul_register) == ("https://ocr.captchaai.com", 300, True)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CAPTCHAAI_API_KEY", "", "required"),
        ("CAPTCHAAI_API_KEY", "short", "32 characters"),
        ("CAPTCHAAI_URL", "ocr.captchaai.com", "scheme"),
        ("CAPTCHAAI_URL", "https://ocr.captchaai.com/in.php", "no path"),
        ("REGION", "", "required"),
        ("REGION", "US East", "small letters"),
        ("MAX_CONCURRENT", "0", "greater than or equal to 1"),
        ("MAX_CONCURRENT", "many", "integer"),
        ("HOST", "localhost", "not an IP address"),
        ("PORT", "70000", "65535"),
        ("ADVERTISE_HOST", "0.0.0.0", "every address"),
        ("ADVERTISE_HOST", "fe80::1%eth0", "not an IP address"),
        ("WEIGHT", "0", "1 to 65535"),
        ("BACKUP", "perhaps", "boolean"),
        ("CONSUL_REGISTER", "perhaps", "boolean"),
        ("DRAIN_TIMEOUT", "-1", "0 to 3600"),
        ("DRAIN_TIMEOUT", "nan", "DRAIN_TIMEOUT"),
        ("SUBMIT_PATIENCE", "400", "0 to 300"),
        ("SUBMIT_GAP", "-0.1", "0 to 60"),
        ("API_TIMEOUT", "0", "above 0"),
        ("API_SPEED", "0", "greater than 0"),
        ("ACCOUNT_FRESH", "x", "number"),
        ("ACCOUNT_EVERY", "0", "1 to 86400"),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        WorkerSettings.read({**GOOD, name: value})
    assert str(caught.value).startswith(f"{name}: ")
    assert said in str(caught.value)


def test_no_key_is_shown() -> None:
    assert KEY not in repr(WorkerSettings.read(GOOD))
    with pytest.raises(SettingsError) as caught:
        WorkerSettings.read({**GOOD, "CAPTCHAAI_API_KEY": KEY + "x"})
    assert KEY not in str(caught.value)


def test_every_setting_is_described() -> None:
    page = markdown("worker", WorkerSettings)
    for name, field in WorkerSettings.model_fields.items():
        assert field.description
        assert f"`{name.upper()}`" in page


def test_wrong_settings_end_the_program_without_a_traceback() -> None:
    environ = {"REGION": "us-east", "CAPTCHAAI_API_KEY": "short"}
    command = [sys.executable, "-m", "worker"]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("CAPTCHAAI_API_KEY: ")
    assert "Traceback" not in ended.stderr


def test_wrong_consul_variables_end_the_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in {**GOOD, "CONSUL_HTTP_ADDR": "nowhere:x"}.items():
        monkeypatch.setenv(name, value)
    assert main([]) == 2
    assert "CONSUL_HTTP_ADDR" in capsys.readouterr().err


def test_the_settings_page_needs_no_settings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    assert main(["--settings"]) == 0
    assert capsys.readouterr().out == markdown("worker", WorkerSettings)
