import json
import re
import stat
import threading
from pathlib import Path

import pytest

from contract.problem import ProblemError
from gateway.config import read_config
from gateway.limits import Limits
from gateway.rate import Rate
from gateway.tenant.__main__ import SHOWN, main
from gateway.tenant.secret import hash_of, key_of
from gateway.tenants import Tenants


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "gateway.toml"
    monkeypatch.setenv("GATEWAY_CONFIG", str(path))
    return path


def made(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The key that a command shows."""
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(r"nearway_[0-9a-f]{64}\n", out)
    assert "Authorization: Bearer KEY" in err
    assert out.strip() not in err
    return out.strip()


def test_a_key_opens_the_gateway_until_it_is_revoked(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def opens(key: str) -> bool:
        try:
            return Tenants(read_config(policy).tenant).admit([f"Bearer {key}"]).name == "acme"
        except ProblemError:
            return False

    first = made(capsys, "add", "acme", "--slots", "3", "--host", "Example.com", "--host", "*.x.org", "--rate", "10/s")
    second = made(capsys, "key", "acme")
    assert first not in policy.read_text()
    assert (opens(first), opens(second), first != second) == (True, True, True)
    assert main(["revoke", "acme", hash_of(first)[:20]]) == 0
    assert (opens(first), opens(second)) == (False, True)
    assert main(["revoke", "acme", hash_of(second)[7:13]]) == 0
    assert (opens(first), opens(second)) == (False, False)
    assert "locked out" in capsys.readouterr().out
    limits = read_config(policy).tenant[0].limits
    assert limits == Limits(slots=3, hosts=frozenset({"example.com", "*.x.org"}), rate=Rate(10.0, 10))


def test_mode_and_link_and_all_else_of_the_file_stay(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = policy.with_name("real.toml")
    target.write_text("# ours\nfail_open = true # on purpose\n")
    target.chmod(0o640)
    policy.symlink_to(target)
    made(capsys, "add", "acme")
    assert policy.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert target.read_text().startswith("# ours\nfail_open = true # on purpose\n\n[[tenant]]\n")
    assert sorted(one.name for one in policy.parent.iterdir()) == ["gateway.toml", "real.toml"]


@pytest.mark.parametrize(
    ("before", "words", "told"),
    [
        ("", ["key", "acme"], "there is no tenant acme; there are: none"),
        ("", ["add", "A b"], "name: "),
        ("", ["add", "acme", "--rate", "fast"], "is no rate: write"),
        ("", ["add", "acme", "--host", "https://a.com"], "is no host: write"),
        ("", ["add", "acme", "--role", "viewer", "--slots", "3"], "a viewer sends no tasks"),
        ("open = true\n", ["add", "acme"], "keep one of the two"),
        ("opne = true\n", ["add", "acme"], "opne"),
        ("open = \n", ["key", "acme"], "gateway.toml"),
        ('[[tenant]]\nname = "acme"\nkeys = []\n', ["add", "acme"], "`nearway tenant key acme` makes it another key"),
        ('[[tenant]]\nname = "acme"\nkeys = []\n', ["revoke", "acme", "abcdef"], "acme has no key whose hash begins with abcdef"),
        ('[[tenant]]\nname = "acme"\nkeys = []\n', ["revoke", "tiny", "abcdef"], "there is no tenant tiny; there are: acme"),
        ('tenant = [{name = "acme", keys = []}]\n', ["key", "acme"], "by hand"),
    ],
)
def test_what_can_not_be_done_is_told_and_changes_nothing(
    policy: Path, capsys: pytest.CaptureFixture[str], before: str, words: list[str], told: str
) -> None:
    policy.write_text(before)
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert (out, told in err, policy.read_text()) == ("", True, before), err


def test_which_file_must_be_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.delenv("GATEWAY_CONFIG", raising=False)
    assert main(["list"]) == 2
    assert "--file FILE" in capsys.readouterr().err
    assert main(["key", "acme", "--file", str(tmp_path / "nowhere.toml")]) == 1
    assert "nowhere.toml: No such file" in capsys.readouterr().err
    made(capsys, "add", "acme", "--file", str(tmp_path / "new.toml"))


def test_the_list_shows_who_there_is_and_no_whole_hash(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hashed = hash_of(made(capsys, "add", "acme", "--daily", "5"))
    made(capsys, "add", "eye", "--role", "viewer")
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert f"acme  client  daily=5  keys: {hashed[: 7 + SHOWN]}\neye  viewer" in out
    assert hashed not in out
    assert main(["list", "--json"]) == 0
    assert [(row["name"], row["role"], row["daily"]) for row in json.loads(capsys.readouterr().out)] == [
        ("acme", "client", 5),
        ("eye", "viewer", None),
    ]


def test_of_many_at_once_none_is_lost(policy: Path) -> None:
    threads = [threading.Thread(target=main, args=(["add", f"t{number}"],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row.name for row in read_config(policy).tenant) == [f"t{number}" for number in range(8)]


def test_a_key_has_256_bits() -> None:
    assert key_of(bytes(32)) == "nearway_" + "00" * 32
    with pytest.raises(ValueError, match="256"):
        key_of(bytes(31))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["add"], "add takes NAME"),
        (["list", "acme"], "list takes neither NAME nor HASH"),
        (["revoke", "acme"], "revoke takes NAME and HASH"),
        (["key", "acme", "abcdef"], "key takes NAME"),
        (["revoke", "acme", "xyz"], "6 to 64 hexadecimal digits"),
        (["key", "acme", "--slots", "3"], "slots: only add takes that"),
        (["make", "acme"], "invalid choice"),
    ],
)
def test_wrong_use_is_told(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
