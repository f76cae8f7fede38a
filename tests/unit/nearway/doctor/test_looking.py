import os
import socket
from pathlib import Path

import pytest

from nearway.doctor.looking import certificates, holder, port_of
from nearway.doctor.machine import Tried
from tests.certificates import Authority
from tests.ports import free_ports


def test_who_listens_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        found = holder(port)
    assert found is not None
    assert found.startswith(f"process {os.getpid()}: ")
    assert holder(free_ports(1)[0]) is None


def test_where_nothing_can_be_seen_nobody_is_found(tmp_path: Path) -> None:
    assert holder(80, tmp_path) is None


def test_a_port_is_that_which_the_program_says() -> None:
    (port,) = free_ports(1)
    free = port_of(Tried("gateway", 0, f"they can be used; it would listen on 127.0.0.1:{port}\n"))
    assert free is not None
    assert (free.address, free.trouble, free.setting) == (f"127.0.0.1:{port}", None, "PORT")
    with socket.create_server(("127.0.0.1", 0)) as held:
        taken = port_of(Tried("worker", 0, f"it would listen on 127.0.0.1:{held.getsockname()[1]}"))
    assert taken is not None
    assert (taken.trouble, taken.held_by is not None) == ("Address already in use", True)
    assert port_of(Tried("gateway", 2, "it would listen on 127.0.0.1:8000")) is None
    assert port_of(Tried("gateway", 0, "all is well")) is None


def test_an_ipv6_address_is_told_with_its_brackets() -> None:
    (port,) = free_ports(1)
    found = port_of(Tried("gateway", 0, f"it would listen on [::1]:{port}"))
    assert found is not None
    assert found.address == f"[::1]:{port}"


def test_certificates_of_settings_and_of_the_region_file_are_looked_at(tmp_path: Path) -> None:
    pair = Authority(tmp_path).issue("a")
    (tmp_path / "region.toml").write_text('[tls]\ncertificate = "ca-1.crt"\nkey = "k"\n[workers]\nca = "none.pem"\n')
    found = list(certificates({"TLS_CERTIFICATE": str(pair.key), "REGION_CA": ""}, tmp_path / "region.toml"))
    assert [one.setting for one in found] == [
        "TLS_CERTIFICATE",
        f"{tmp_path}/region.toml: tls.certificate",
        f"{tmp_path}/region.toml: workers.ca",
    ]
    assert [one.trouble for one in found] == [
        "it holds no certificate in PEM",
        "",
        "it can't be read: No such file or directory",
    ]
    assert found[1].ends is not None


@pytest.mark.parametrize("text", ["", "tls = 1", "[tls]\ncertificate = 1", "[", "\udc80"])
def test_a_region_file_that_is_none_is_the_renderers_to_tell(tmp_path: Path, text: str) -> None:
    (tmp_path / "region.toml").write_bytes(text.encode(errors="surrogateescape"))
    assert list(certificates({}, tmp_path / "region.toml")) == []
