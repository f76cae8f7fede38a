import socket

from demo.layout import Program
from demo.ports import taken


def program(port: int) -> Program:
    return Program("gateway", (), (port,), "", "")


def test_a_free_port_is_nothing_to_tell() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    assert taken([program(port)]) is None


def test_a_port_in_use_is_named_with_who_needs_it_and_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        told = taken([program(port)])
    assert told is not None
    assert f"port {port} is in use, and gateway needs it" in told
    assert f"sport = :{port}" in told
    assert "--shift" in told
