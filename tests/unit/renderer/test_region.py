from pathlib import Path

import pytest

from renderer.caution import Wait
from renderer.duration import Duration
from renderer.region import Listen, RegionFileError, Strategy, parse_listen, read_region
from renderer.tls import Tls, Workers

REGIONS = Path(__file__).parents[3] / "regions"

GOOD = """
name = "us-east"
title = "US East (Virginia)"
location = [38.9, -77.4]
datacenter = "us-east"
[endpoint]
listen = "127.0.0.1:8081"
advertise = "http://127.0.0.1:8081"
[balancer]
strategy = "ip_hash"
max_fails = 0
fail_timeout = "1m"
connect_timeout = "500ms"
read_timeout = "6m"
health_timeout = "2s"
[renderer]
wait = "100ms:1s"
spacing = "2s"
share = 0.25
hold = "1m"
floor = 2
old_processes = 10
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "region.toml"
    path.write_text(text, "utf-8")
    return path


def test_every_key_is_read(tmp_path: Path) -> None:
    region = read_region(written(tmp_path, GOOD))
    assert (region.name, region.title, region.location, region.datacenter) == (
        "us-east",
        "US East (Virginia)",
        (38.9, -77.4),
        "us-east",
    )
    assert region.endpoint.listen == Listen("127.0.0.1", 8081)
    assert region.endpoint.address == ("127.0.0.1", 8081)
    balancer = region.balancer
    assert (balancer.strategy, balancer.max_fails) == (Strategy.IP_HASH, 0)
    assert (balancer.fail_timeout, balancer.connect_timeout) == (Duration(60_000), Duration(500))
    assert (balancer.read_timeout, balancer.health_timeout) == (Duration(360_000), Duration(2_000))
    caution = region.renderer
    assert (caution.wait, caution.spacing) == (Wait(Duration(100), Duration(1_000)), Duration(2_000))
    assert (caution.share, caution.hold, caution.floor, caution.old_processes) == (0.25, Duration(60_000), 2, 10)


def test_routes_are_read_and_may_be_left_out(tmp_path: Path) -> None:
    assert read_region(written(tmp_path, GOOD)).routes == ()
    assert read_region(written(tmp_path, f'routes = ["/v1/images/", "/b/"]\n{GOOD}')).routes == ("/v1/images/", "/b/")


def test_the_tables_balancer_and_renderer_may_be_left_out(tmp_path: Path) -> None:
    region = read_region(written(tmp_path, GOOD.partition("[balancer]")[0]))
    assert region.balancer.strategy is Strategy.LEAST_CONN
    assert region.balancer.read_timeout == Duration(310_000)
    assert str(region.renderer.wait) == "200ms:2s"


WITH_TLS = (
    GOOD
    + """
[tls]
certificate = "a.crt"
key = "a.key"
[workers]
ca = "ca.pem"
name = "workers.example"
"""
)


def test_tls_is_off_without_its_tables_and_needs_no_client_certificates_with_them(tmp_path: Path) -> None:
    region = read_region(written(tmp_path, GOOD))
    assert (region.tls, region.workers) == (None, None)
    region = read_region(written(tmp_path, WITH_TLS))
    assert region.tls == Tls(certificate=tmp_path / "a.crt", key=tmp_path / "a.key", client_ca=None)
    assert region.workers == Workers(ca=tmp_path / "ca.pem", name="workers.example", certificate=None, key=None)


@pytest.mark.parametrize(
    ("right", "wrong", "what", "allowed"),
    [
        ('certificate = "a.crt"\n', "", "tls.certificate: missing", "a file (PEM)"),
        ('key = "a.key"', "key = 7", "tls.key: 7", "not encrypted"),
        ('key = "a.key"', 'key = "a.key"\nclient_cert = "x"', "tls.client_cert: unknown key", "client_ca"),
        ('ca = "ca.pem"\n', "", "workers.ca: missing", "a file (PEM)"),
        ('name = "workers.example"', "", "workers.name: missing", "DNS name"),
        ('name = "workers.example"', 'name = "10.0.0.1"', "workers.name: '10.0.0.1' is an IP address", "DNS name"),
        ('name = "workers.example"', 'name = "::1"', "workers.name: ", "DNS name"),
        ('name = "workers.example"', 'name = "a; } b"', "workers.name: 'a; } b'", "DNS name"),
    ],
)
def test_what_is_wrong_with_tls_is_told(tmp_path: Path, right: str, wrong: str, what: str, allowed: str) -> None:
    assert right in WITH_TLS
    path = written(tmp_path, WITH_TLS.replace(right, wrong))
    with pytest.raises(RegionFileError) as told:
        read_region(path)
    assert str(told.value).startswith(f"{path}: {what}")
    assert allowed in str(told.value).partition("allowed")[2]


@pytest.mark.parametrize("name", ["us-east", "eu-west", "ap-south"])
def test_the_regions_that_come_along_are_right(name: str) -> None:
    region = read_region(REGIONS / f"{name}.toml")
    assert region.name == region.datacenter == name
    assert region.endpoint.advertise == f"http://{region.endpoint.listen}"


def test_the_regions_that_come_along_have_the_ports_of_the_design() -> None:
    ports = {path.stem: read_region(path).endpoint.listen.port for path in REGIONS.glob("*.toml")}
    assert ports == {"us-east": 8081, "eu-west": 8082, "ap-south": 8083}


WRONG = [
    ("[endpoint]", 'routes = "/v1/"\n[endpoint]', "routes: '/v1/'", '["/v1/images/"]'),
    ("[endpoint]", 'routes = ["/v1"]\n[endpoint]', "routes: '/v1' is no path", '["/v1/images/"]'),
    ("[endpoint]", "routes = ['/v1/;} x {/']\n[endpoint]", "routes: '/v1/;} x {/' is no path", '["/v1/images/"]'),
    ("[endpoint]", 'routes = ["/$uri/"]\n[endpoint]', "routes: '/$uri/' is no path", '["/v1/images/"]'),
    ("[endpoint]", 'routes = ["/solve/"]\n[endpoint]', "routes: '/solve/' is under a path of Nearway's own", '["/v1/images/"]'),
    ("[endpoint]", 'routes = ["/a/", "/a/b/"]\n[endpoint]', "routes: '/a/b/' is '/a/' or below it", '["/v1/images/"]'),
    ('name = "us-east"', 'name = "US East"', "name: ", "small letters"),
    ('name = "us-east"', "", "name: missing", "small letters"),
    ('title = "US East (Virginia)"', 'title = ""', "title: ''", "name for people"),
    ('title = "US East (Virginia)"', 'title = "a\\nb"', "title: ", "name for people"),
    ("[38.9, -77.4]", "[91, 0]", "location: [91.0, 0.0] is not on the globe", "-90 to 90"),
    ("[38.9, -77.4]", "[38.9]", "location: ", "latitude"),
    ("[38.9, -77.4]", "[nan, 0]", "location: ", "latitude"),
    ("[38.9, -77.4]", '["a", 0]', "location: ", "latitude"),
    ('datacenter = "us-east"', 'datacenter = "us east"', "datacenter: 'us east'", "letters, digits"),
    ('listen = "127.0.0.1:8081"', 'listen = "localhost:8081"', "endpoint.listen: 'localhost:8081'", "IP address and port"),
    ('listen = "127.0.0.1:8081"', 'listen = "127.0.0.1"', "endpoint.listen: '127.0.0.1'", "IP address and port"),
    ('advertise = "http://127.0.0.1:8081"', 'advertise = "127.0.0.1:8081"', "endpoint.advertise: ", "http://10.0.0.1:8081"),
    ('advertise = "http://127.0.0.1:8081"', 'advertise = "http://a:1/x"', "endpoint.advertise: ", "http://10.0.0.1:8081"),
    ('advertise = "http://127.0.0.1:8081"', 'advertice = "x"', "endpoint.advertice: unknown key", "listen, advertise"),
    ("[balancer]", 'trusted_proxies = ["10.0.0.1/8"]\n[balancer]', "endpoint.trusted_proxies: '10.0.0.1/8'", '["10.0.0.0/8"]'),
    ("[balancer]", 'trusted_proxies = ["10.0.0.0/8;"]\n[balancer]', "endpoint.trusted_proxies: '10.0.0.0/8;'", '["10.0.0.0/8"]'),
    ('strategy = "ip_hash"', 'strategy = "fastest"', "balancer.strategy: 'fastest'", "round_robin, least_conn"),
    ("max_fails = 0", 'max_fails = "0"', "balancer.max_fails: '0'", "0 to 1000"),
    ("max_fails = 0", "max_fails = -1", "balancer.max_fails: -1", "0 to 1000"),
    ("max_fails = 0", "max_fails = true", "balancer.max_fails: True", "0 to 1000"),
    ('fail_timeout = "1m"', 'fail_timeout = "500ms"', "balancer.fail_timeout: 500ms", "whole number"),
    ('read_timeout = "6m"', "read_timeout = 360", "balancer.read_timeout: 360", '"30s"'),
    ('read_timeout = "6m"', 'read_timeout = "6m; }"', "balancer.read_timeout: '6m; }'", '"30s"'),
    ('read_timeout = "6m"', 'read_timout = "6m"', "balancer.read_timout: unknown key", "read_timeout"),
    ('wait = "100ms:1s"', 'wait = "1s"', "renderer.wait: '1s' is no pair", '"200ms:2s"'),
    ('wait = "100ms:1s"', 'wait = "2s:1s"', "renderer.wait: '2s:1s' has its shorter time last", '"200ms:2s"'),
    ('wait = "100ms:1s"', 'wait = "0s:1s"', "renderer.wait: '0s' is out of range", '"200ms:2s"'),
    ('spacing = "2s"', "spacing = 2", "renderer.spacing: 2", '"500ms"'),
    ("share = 0.25", "share = 25", "renderer.share: 25", "0 to 1"),
    ("share = 0.25", "share = true", "renderer.share: True", "0 to 1"),
    ("share = 0.25", 'share = "0.25"', "renderer.share: '0.25'", "0 to 1"),
    ("floor = 2", "floor = -1", "renderer.floor: -1", "0 to 100000"),
    ("old_processes = 10", "old_processes = 1", "renderer.old_processes: 1", "2 to 10000"),
    ("floor = 2", "flor = 2", "renderer.flor: unknown key", "floor"),
    ("[balancer]", "[ballancer]", "ballancer: unknown key", "balancer"),
]


@pytest.mark.parametrize(("right", "wrong", "what", "allowed"), WRONG, ids=[f"{row[1]!r}" for row in WRONG])
def test_what_is_wrong_is_told_with_file_key_and_what_is_allowed(
    tmp_path: Path, right: str, wrong: str, what: str, allowed: str
) -> None:
    assert right in GOOD
    path = written(tmp_path, GOOD.replace(right, wrong, 1))
    with pytest.raises(RegionFileError) as told:
        read_region(path)
    line = next(line for line in str(told.value).splitlines() if what in line)
    assert line.startswith(f"{path}: ")
    assert "allowed" in line
    assert allowed in line


def test_all_faults_are_told_at_once_each_in_its_line(tmp_path: Path) -> None:
    with pytest.raises(RegionFileError) as told:
        read_region(written(tmp_path, 'name = "A"\n[endpoint]\nlisten = "x"\n'))
    keys = [line.split(": ")[1] for line in str(told.value).splitlines()]
    assert keys == ["name", "title", "location", "datacenter", "endpoint.listen", "endpoint.advertise"]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RegionFileError, match=r"none\.toml: can't be read: No such file"):
        read_region(tmp_path / "none.toml")


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b"name"], ids=["half a line", "no UTF-8", "no value"])
def test_what_is_no_toml_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "region.toml").write_bytes(content)
    with pytest.raises(RegionFileError, match=r"region\.toml: is no TOML"):
        read_region(tmp_path / "region.toml")


@pytest.mark.parametrize(
    ("text", "listen", "reached_at"),
    [
        ("127.0.0.1:80", Listen("127.0.0.1", 80), "127.0.0.1:80"),
        ("0.0.0.0:8081", Listen("0.0.0.0", 8081), "127.0.0.1:8081"),
        ("[::]:8081", Listen("::", 8081), "[::1]:8081"),
        ("[2001:DB8:0::1]:65535", Listen("2001:db8::1", 65535), "[2001:db8::1]:65535"),
    ],
)
def test_an_address_to_listen_on_is_read(text: str, listen: Listen, reached_at: str) -> None:
    assert parse_listen(text) == listen
    assert listen.reached_at == reached_at


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":80",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "::1:80",
        "[::1]",
        "[127.0.0.1]:80",
        "[fe80::1%eth0]:80",
        "1.2.3:80",
        80,
    ],
)
def test_what_is_no_address_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="no IP address with a port"):
        parse_listen(text)
