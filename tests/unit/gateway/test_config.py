from pathlib import Path

import pytest

from contract.settings import SettingsError
from gateway.config import GatewayConfig, check_exposure, read_config
from gateway.limits import Limits
from gateway.rate import Rate

HASH = "0f" * 32


def tenant(*keys: str, name: str = "a", weight: str = "1") -> str:
    return f'[[tenant]]\nname = "{name}"\nweight = {weight}\nkeys = {list(keys)}'


TENANT = tenant(f"sha256:{HASH}")


def written(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


def test_no_file_is_the_default() -> None:
    assert read_config(None) == GatewayConfig()


def test_the_demos_file_is_valid() -> None:
    config = read_config(Path("demo/gateway.toml"))
    assert len(config.place) == 3
    assert not config.open


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("open = 3", "open"),
        ("opne = true", "opne"),
        ('trusted_proxies = ["10.0.0.0/33"]', "trusted_proxies"),
        ('[[place]]\ncidr = "10.0.0.0/8"', "either location"),
        ('[[place]]\ncidr = "10.0.0.0/8"\nregion = "a"\nlocation = [1, 2]', "either location"),
        ('[[place]]\ncidr = "10.0.0.0/8"\nlocation = [91, 2]', "place.0.location"),
        ("open = ", "Invalid value"),
        ('[[tenant]]\nname = "a"', "tenant.0.keys"),
        (f"{TENANT}\nslots = 0", "tenant.0.slots"),
        (f"{TENANT}\nqueue = -1", "tenant.0.queue"),
        (f"{TENANT}\nrate = '10 per second'", "is no rate: write a number and s, min or h"),
        (f"{TENANT}\nrate = '0/s'", "is no rate"),
        (f"{TENANT}\nrate = '1/s'\nburst = 0", "tenant.0.burst"),
        (f"{TENANT}\nburst = 3", "give rate, too"),
        (f"{TENANT}\ndaily = 1.5", "tenant.0.daily"),
        (f"{TENANT}\nhosts = []", "tenant.0.hosts"),
        (f"{TENANT}\nhosts = ['https://example.com']", "is no host: write it like example.com"),
        (f"{TENANT}\nhosts = ['example.com:443']", "is no host"),
        (f"{TENANT}\nhosts = ['*.192.0.2.1']", "is no host"),
        (f"{TENANT}\nhosts = ['ex*.com']", "is no host"),
        (f"{TENANT}\nhosts = ['*']", "is no host"),
        (f"{TENANT}\nrole = 'admin'", "tenant.0.role"),
        (f"{TENANT}\nrole = 'viewer'\nslots = 3", "a viewer sends no tasks"),
        ("page_members = []", "page_members"),
        (tenant(f"sha256:{HASH}", name="A b"), "tenant.0.name"),
        (tenant(f"sha256:{HASH}", weight="0"), "tenant.0.weight"),
        (tenant(f"sha256:{HASH}", weight="inf"), "tenant.0.weight"),
        (tenant(f"sha256:{HASH}", weight="nan"), "tenant.0.weight"),
        (tenant("s3cret"), "sha256sum"),
        (tenant(f"sha256:{HASH[1:]}"), "sha256sum"),
        (tenant(f"sha256:{HASH}", f"sha256:{HASH.upper()}"), "a key is there twice"),
        (f"{TENANT}\n{TENANT}", "two tenants of the name a"),
        (f"open = true\n{TENANT}", "keep one of the two"),
        ('[[route]]\npath = "/v1"', "route.0.path"),
        ('[[route]]\npath = "/tasks/"', "Nearway's own"),
        ('[[route]]\npath = "/v1/"\nmethods = []', "route.0.methods"),
        ('[[route]]\npath = "/v1/"\nmethods = ["PUT"]', "route.0.methods"),
        ('[[route]]\npath = "/v1/"\ntimeout = 301', "route.0.timeout"),
        ('[[route]]\npath = "/v1/"\nslots = true', "route.0.slots"),
        ('[[route]]\npath = "/v1/"\n[[route]]\npath = "/v1/a/"', "or below it"),
    ],
)
def test_what_is_wrong_is_named_with_the_file(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_config(written(tmp_path, text))
    assert told in str(caught.value)
    assert "gateway.toml" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        read_config(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "127.3.2.1"])
def test_loopback_needs_no_tenants(host: str) -> None:
    check_exposure(host, GatewayConfig())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1"])
def test_any_other_address_is_refused_unless_it_is_meant(host: str) -> None:
    with pytest.raises(SettingsError, match="open = true"):
        check_exposure(host, GatewayConfig())
    check_exposure(host, GatewayConfig(open=True))


def test_with_a_tenant_any_address_will_do_for_nobody_gets_in_without_its_key(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, TENANT))
    assert config.tenant[0].weight == 1.0
    check_exposure("0.0.0.0", config)


def test_the_geoip_file_is_found_beside_the_policy_file(tmp_path: Path) -> None:
    assert read_config(written(tmp_path, 'geoip = "data/city.mmdb"')).geoip == tmp_path / "data/city.mmdb"
    assert read_config(written(tmp_path, 'geoip = "/var/lib/city.mmdb"')).geoip == Path("/var/lib/city.mmdb")
    assert read_config(written(tmp_path, "fail_open = true")).geoip is None


def test_limits_are_read_in_the_one_way_to_write_them(tmp_path: Path) -> None:
    limits = """
slots = 3
queue = 0
rate = "120/min"
burst = 5
daily = 1000
hosts = ["Example.COM.", "*.BÜCHER.example", "192.0.2.1"]
retry_unknown = true
"""
    (tenant,) = read_config(written(tmp_path, TENANT + limits)).tenant
    hosts = frozenset({"example.com", "*.xn--bcher-kva.example", "192.0.2.1"})
    assert tenant.limits == Limits(3, 0, Rate(2.0, 5), 1000, hosts, retry_unknown=True)
    assert read_config(written(tmp_path, TENANT)).tenant[0].limits == Limits()
    assert read_config(written(tmp_path, TENANT + "\nrate = '120/min'")).tenant[0].limits.rate == Rate(2.0, 120)


def test_a_tenant_may_be_locked_out(tmp_path: Path) -> None:
    assert read_config(written(tmp_path, tenant())).tenant[0].keys == ()
