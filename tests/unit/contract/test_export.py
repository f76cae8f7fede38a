"""Where spans go: only where the operator says, and nothing of OpenTelemetry is loaded before."""

import subprocess
import sys
from pathlib import Path

import pytest

from contract.export import exporter, is_configured
from contract.settings import SettingsError

HOME = Path(__file__).resolve().parents[3]
SOMEWHERE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}

EVERY_PROGRAM = """
import os, sys
import gateway.__main__, renderer.__main__, worker.__main__
from contract.export import exporter
from gateway.app import create_app
from gateway.config import GatewayConfig
from gateway.gateway import Gateway
from gateway.settings import GatewaySettings
from discovery.access import Access
settings = GatewaySettings.read({"CONSUL_REGISTER": "false", "LEDGER_URL": "none"})
create_app(Gateway(settings, GatewayConfig(), Access(), exporter({}, "x")), settings, Access())
print(sorted(name for name in sys.modules if name.startswith(("opentelemetry", "google.protobuf"))))
"""

NOT_INSTALLED = """
import sys
sys.modules["opentelemetry"] = None
import gateway.__main__
sys.exit(gateway.__main__.main([]))
"""


def run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    own = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HOME), **environ}
    return subprocess.run([sys.executable, "-c", code], env=own, capture_output=True, text=True, check=False, cwd=HOME)


def test_not_configured_nothing_of_it_is_loaded() -> None:
    done = run(EVERY_PROGRAM)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_configured_and_not_installed_says_what_to_do() -> None:
    done = run(NOT_INSTALLED, CONSUL_HTTP_ADDR="127.0.0.1:1", CONSUL_REGISTER="false", LEDGER_URL="none", **SOMEWHERE)
    assert done.returncode == 2
    assert "pip install 'nearway[otel]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environ", "configured"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        (SOMEWHERE, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({**SOMEWHERE, "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({**SOMEWHERE, "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_the_standard_variables_decide(environ: dict[str, str], configured: bool) -> None:
    assert is_configured(environ) is configured


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({**SOMEWHERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "only http/protobuf"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "127.0.0.1:4318"}, "no URL"),
    ],
)
def test_what_can_not_be_is_told(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        exporter(environ, "nearway-gateway")
