"""The programs as processes: what a wrong setting gets, and that a signal ends them whenever it comes."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ports import free_ports

HOME = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdef0123456789abcdef"
NEEDED = {"worker": {"CAPTCHAAI_API_KEY": KEY, "REGION": "us-east"}, "gateway": {}, "renderer": {}}


def run(module: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], **NEEDED.get(module, {}), **environ}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], env=clean, cwd=HOME, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize(
    ("module", "environ", "named"),
    [
        ("worker", {"PORT": "eighty"}, "PORT"),
        ("worker", {"PORT": "99999"}, "PORT"),
        ("worker", {"CAPTCHAAI_API_KEY": ""}, "CAPTCHAAI_API_KEY"),
        ("worker", {"CAPTCHAAI_API_KEY": "too-short-a-key"}, "CAPTCHAAI_API_KEY"),
        ("worker", {"REGION": "US East"}, "REGION"),
        ("worker", {"MAX_CONCURRENT": "0"}, "MAX_CONCURRENT"),
        ("worker", {"CAPTCHAAI_URL": "ocr.captchaai.com"}, "CAPTCHAAI_URL"),
        ("worker", {"CONSUL_HTTP_ADDR": "consul:port"}, "CONSUL_HTTP_ADDR"),
        ("worker", {"TLS_KEY": "none.key"}, "TLS_KEY is set and TLS_CERTIFICATE is not"),
        ("worker", {"TLS_CERTIFICATE": "none.crt", "TLS_KEY": "none.key"}, "TLS_CERTIFICATE: none.crt can't be read"),
        ("gateway", {"TLS_CLIENT_CA": "none.pem"}, "TLS_CLIENT_CA is set and TLS_CERTIFICATE is not"),
        ("gateway", {"REGION_CA": "none.pem"}, "REGION_CA: none.pem can't be read"),
        ("gateway", {"REGION_CERTIFICATE": "none.crt"}, "REGION_CERTIFICATE is set and REGION_KEY is not"),
        ("gateway", {"HOST": "localhost"}, "HOST"),
        ("gateway", {"HOST": "0.0.0.0"}, "open = true"),
        ("gateway", {"GATEWAY_CONFIG": "nowhere.toml"}, "nowhere.toml"),
        ("gateway", {"DRAIN_TIMEOUT": "soon"}, "DRAIN_TIMEOUT"),
        ("gateway", {"MAX_CONNECTIONS": "0"}, "MAX_CONNECTIONS"),
        ("gateway", {"MAX_CONNECTIONS": "500000"}, "room for"),
        ("worker", {"MAX_CONNECTIONS": "500000"}, "room for"),
        ("gateway", {"LEDGER_URL": "mysql://ledger"}, "LEDGER_URL"),
        ("gateway", {"LEDGER_URL": "sqlite:////proc/ledger.sqlite"}, "LEDGER_URL"),
        ("gateway", {"STATE_DIRECTORY": "/proc/nearway"}, "STATE_DIRECTORY to one that can"),
        ("gateway", {"LEDGER_AWAY": "maybe"}, "LEDGER_AWAY"),
        (
            "gateway",
            {"HOST": "0.0.0.0", "GATEWAY_CONFIG": "deploy/compose/gateway.toml", "CONSUL_HTTP_ADDR": "no-such-host.invalid"},
            "CONSUL_HTTP_ADDR",
        ),
    ],
    ids=str,
)
def test_a_wrong_setting_ends_the_program_with_its_name_and_no_traceback(
    module: str, environ: dict[str, str], named: str
) -> None:
    ended = run(module, **environ)
    assert ended.returncode == 2
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "too-short-a-key" not in ended.stderr


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('strategy = "fastest"', "balancer.strategy"),
        ('stratgy = "least_conn"', "balancer.stratgy: unknown key"),
        ('fail_timeout = "soon"', "balancer.fail_timeout"),
        ("max_fails = -1", "balancer.max_fails"),
    ],
)
def test_a_wrong_region_file_ends_the_renderer_with_file_and_key(tmp_path: Path, line: str, named: str) -> None:
    key = line.split(" ")[0]
    lines = (HOME / "regions" / "us-east.toml").read_text().splitlines()
    lines = [one for one in lines if not one.startswith(f"{key} ")]
    lines.insert(lines.index("[balancer]") + 1, line)
    path = tmp_path / "us-east.toml"
    path.write_text("\n".join(lines))
    ended = run("renderer", str(path))
    assert ended.returncode == 2
    assert f"{path}: {named}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_region_file_whose_certificates_can_not_be_used_ends_the_renderer_with_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "us-east.toml"
    text = (HOME / "regions" / "us-east.toml").read_text().replace("http:", "https:")
    path.write_text(text + '[tls]\ncertificate = "a.crt"\nkey = "a.key"\n')
    ended = run("renderer", str(path))
    assert ended.returncode == 2
    assert ended.stderr == f"{path}: tls.certificate: {tmp_path / 'a.crt'} can't be read: No such file or directory\n"


def test_a_geoip_file_that_is_of_no_use_ends_the_gateway_with_its_name(tmp_path: Path) -> None:
    policy = tmp_path / "gateway.toml"
    policy.write_text('geoip = "city.mmdb"')
    missing = run("gateway", GATEWAY_CONFIG=str(policy))
    (tmp_path / "city.mmdb").write_bytes(b"no database")
    corrupt = run("gateway", GATEWAY_CONFIG=str(policy))
    for ended in (missing, corrupt):
        assert ended.returncode == 2
        assert f"geoip: {tmp_path / 'city.mmdb'}: " in ended.stderr
        assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("module", ["gateway", "worker"])
def test_a_port_in_use_is_named(module: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        ended = run(module, PORT=str(port), CONSUL_REGISTER="false")
    assert ended.returncode == 2
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("module", ["gateway", "worker"])
@pytest.mark.parametrize("moment", range(6))
def test_a_signal_ends_a_program_at_whatever_moment_it_comes(module: str, moment: int) -> None:
    (port,) = free_ports(1)
    environ = {"PATH": os.environ["PATH"], **NEEDED[module], "PORT": str(port), "CONSUL_HTTP_ADDR": "127.0.0.1:9"}
    program = subprocess.Popen([sys.executable, "-m", module], env=environ, cwd=HOME, stderr=subprocess.DEVNULL)
    try:
        # The moments lie around the one at which the port is opened.
        deadline = time.monotonic() + 20
        while moment > 1 and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        time.sleep((0.0, 0.2, 0.0, 0.01, 0.03, 0.1)[moment])
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=10) in (0, -signal.SIGTERM)
    finally:
        program.kill()
        program.wait()


@pytest.mark.parametrize("module", ["gateway", "worker", "renderer"])
def test_every_program_prints_its_settings(module: str) -> None:
    assert run(module, "--settings").stdout.startswith(f"## {module}\n")


def test_nearway_starts_a_program_by_its_name_and_names_them_all() -> None:
    assert run("nearway", "gateway", "--settings").stdout == run("gateway", "--settings").stdout
    assert all(name in run("nearway").stdout for name in ("demo", "gateway", "worker", "renderer"))
    wrong = run("nearway", "gatway")
    assert (wrong.returncode, "no command 'gatway'" in wrong.stderr) == (2, True)
