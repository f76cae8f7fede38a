from pathlib import Path

import pytest

from contract.settings import SettingsError
from renderer.region import RegionFileError, placed, read_region
from renderer.tls_files import check_tls
from tests.certificates import Authority

FILE = """
name = "us-east"
title = "US East"
location = [38.9, -77.4]
datacenter = "us-east"
[endpoint]
listen = "127.0.0.1:8081"
advertise = "https://127.0.0.1:8081"
[tls]
certificate = "tls/here.crt"
key = "tls/here.key"
client_ca = "tls/ca.pem"
[workers]
ca = "tls/ca.pem"
name = "workers.example"
certificate = "tls/there.crt"
key = "tls/there.key"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a region file and all it names."""
    (tmp_path / "tls").mkdir()
    authority = Authority(tmp_path / "tls")
    for name in ("here", "there"):
        pair = authority.issue(f"{name}.example")
        pair.certificate.rename(tmp_path / "tls" / f"{name}.crt")
        pair.key.rename(tmp_path / "tls" / f"{name}.key")
    (tmp_path / "region.toml").write_text(FILE)
    return tmp_path


def check(folder: Path, change: tuple[str, str] = ("", "")) -> None:
    path = folder / "region.toml"
    path.write_text(FILE.replace(*change, 1))
    check_tls(read_region(path), path)


def told(folder: Path, change: tuple[str, str]) -> str:
    with pytest.raises((RegionFileError, SettingsError)) as caught:
        check(folder, change)
    return str(caught.value).removeprefix(f"{folder / 'region.toml'}: ")


def test_files_are_beside_the_region_file_and_good_ones_pass(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(folder)
    monkeypatch.chdir(folder)
    region = read_region(Path("region.toml"))
    assert region.tls is not None
    assert region.tls.key == folder / "tls" / "here.key"
    assert region.reached_at == "https://127.0.0.1:8081"


def test_absolute_paths_are_left_alone(folder: Path) -> None:
    check(folder, ('"tls/here.key"', f'"{folder}/tls/here.key"'))


@pytest.mark.parametrize(
    ("key", "was", "other"),
    [
        ("tls.certificate", "tls/here.crt", "tls/there.crt"),
        ("tls.key", "tls/here.key", "tls/there.key"),
        ("tls.client_ca", "tls/ca.pem", "tls/here.key"),
        ("workers.certificate", "tls/there.crt", "tls/here.crt"),
        ("workers.key", "tls/there.key", "tls/here.key"),
    ],
)
def test_a_file_that_can_not_be_used_is_named_with_its_key(folder: Path, key: str, was: str, other: str) -> None:
    missing = told(folder, (f'"{was}"', '"tls/none.pem"'))
    assert missing == f"{key}: {folder / 'tls' / 'none.pem'} can't be read: No such file or directory"
    assert key in told(folder, (f'"{was}"', f'"{other}"'))


def test_the_workers_ca_is_looked_at(folder: Path) -> None:
    assert told(folder, ('[workers]\nca = "tls/ca.pem"', '[workers]\nca = "tls/here.key"')).startswith("workers.ca: ")


@pytest.mark.parametrize("key", ["certificate", "key"])
def test_a_certificate_for_workers_needs_its_key_and_the_key_it(folder: Path, key: str) -> None:
    other = {"certificate": "key", "key": "certificate"}[key]
    lost = {"certificate": 'certificate = "tls/there.crt"\n', "key": 'key = "tls/there.key"\n'}[key]
    said = told(folder, (lost, ""))
    assert said.startswith(f"workers.{other} is set and ")
    assert f"workers.{key} is not: set both or neither" in said


def test_what_nginx_can_not_be_told_is_refused(folder: Path) -> None:
    assert told(folder, ('"tls/here.key"', '"tls/$host.key"')).startswith("tls.key: ")


def test_with_tls_the_address_for_others_is_https(folder: Path) -> None:
    assert told(folder, ('advertise = "https:', 'advertise = "http:')).startswith("endpoint.advertise: ")
    path = folder / "region.toml"
    with pytest.raises(RegionFileError, match=r"endpoint\.advertise: 'http://10\.0\.0\.1:80' is plain HTTP"):
        check_tls(placed(read_region(path), None, "http://10.0.0.1:80"), path)


def test_https_without_the_table_is_for_those_whose_tls_ends_before_nginx(folder: Path) -> None:
    path = folder / "region.toml"
    path.write_text(FILE.partition("[tls]")[0])
    region = read_region(path)
    check_tls(region, path)
    assert region.reached_at == "http://127.0.0.1:8081"
