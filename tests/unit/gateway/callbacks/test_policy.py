"""What the operator has set about callbacks."""

import base64
from pathlib import Path

import pytest

from contract.problem import ProblemError
from contract.settings import SettingsError
from gateway.callbacks.policy import CallbackPolicy
from gateway.config import read_config

ONE, OTHER = (base64.b64encode(byte * 32).decode() for byte in (b"a", b"b"))
HOOK = ["https://hooks.acme.com/"]
KEY = 'keys = ["sha256:{}"]\n'


def policy(folder: Path, text: str) -> CallbackPolicy:
    path = folder / "policy.toml"
    path.write_text(text)
    return CallbackPolicy.of(read_config(path))


def tenant(name: str, more: str = "") -> str:
    return f'[[tenant]]\nname = "{name}"\n{KEY.format(name[0] * 64)}{more}\n'


def test_each_tenant_has_a_secret_and_hosts_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "b.secret").write_text(f"whsec_{OTHER} whsec_{ONE}\n")
    made = policy(
        tmp_path,
        'callback_hours = 2\ncallback_networks = ["10.0.0.0/8"]\n'
        + tenant("a", f'callback_secret = "whsec_{ONE}"\ncallback_hosts = ["hooks.acme.com"]')
        + tenant("b", 'callback_secret = "file:b.secret"')
        + tenant("c"),
    )
    assert (made.secrets_of("a"), made.secrets_of("b")) == ((b"a" * 32,), (b"b" * 32, b"a" * 32))
    assert made.within == 7200
    assert made.target_of(HOOK, "a")
    assert made.target_of(["http://10.0.0.1/"], "b")
    for fields, whose, why in ((["https://else.com/"], "a", "acme.com only"), (HOOK, "c", r"\[\[tenant\]\] c a callback_secret")):
        with pytest.raises(ProblemError, match=why):
            made.target_of(fields, whose)
    assert made.target_of([], "c") is None


def test_without_tenants_there_is_one_secret_for_all(tmp_path: Path) -> None:
    assert policy(tmp_path, f'callback_secret = "whsec_{ONE}"').target_of(HOOK, "")
    with pytest.raises(ProblemError, match="the policy file a callback_secret"):
        policy(tmp_path, "").target_of(HOOK, "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('callback_secret = "hunter2"', "openssl rand"),
        ('callback_secret = "file:not-there"', "not-there.*No such file"),
        ('callback_secret = "file:short"', "short.*openssl rand"),
        (f'callback_secret = "whsec_{ONE}"\n' + tenant("a"), "give each"),
        ("callback_hours = 0", "callback_hours"),
        ('callback_networks = ["10.0.0.1/8"]', "callback_networks"),
    ],
)
def test_what_is_set_wrong_is_told_without_the_secret(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "short").write_text("whsec_aHVudGVyMg==")
    with pytest.raises(SettingsError, match=why) as caught:
        policy(tmp_path, text)
    assert not any(secret in str(caught.value) for secret in ("hunter2", "aHVudGVyMg", ONE))


def test_a_secret_shows_in_no_text_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(f'callback_secret = "whsec_{ONE}"')
    assert ONE not in repr(read_config(path))
