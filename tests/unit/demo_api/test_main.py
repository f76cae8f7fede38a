"""The command line, and the program as a process."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from demo.api.__main__ import main, parser, read_key, read_switches
from demo.api.app import DEMO_KEY
from demo.api.switches import SwitchError, Switches


def read(*arguments: str) -> Switches:
    return read_switches(parser().parse_args(arguments))


def test_every_switch_is_an_option() -> None:
    switches = read("--threads", "5", "--saturation", "queue", "--limits", "1001,1005", "--error-text", "true")
    assert switches == Switches().patched({"threads": 5, "saturation": "queue", "limits": ["1001", "1005"], "error_text": True})


def test_switches_may_come_as_json_and_options_win() -> None:
    assert read("--switches", '{"threads": 5, "speed": 20}', "--threads", "6") == Switches(threads=6, speed=20)


@pytest.mark.parametrize("arguments", [["--switches", "{"], ["--switches", "[]"], ["--speed", "x"], ["--switches", '{"no": 1}']])
def test_a_wrong_command_line_is_told_of_and_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err


def test_the_key_comes_from_the_environment() -> None:
    assert read_key({"CAPTCHAAI_API_KEY": "q" * 32}) == "q" * 32
    assert read_key({}) == DEMO_KEY
    with pytest.raises(SwitchError) as caught:
        read_key({"CAPTCHAAI_API_KEY": "secret"})
    assert "secret" not in str(caught.value)


def test_a_taken_port_is_told_of_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 1
    assert "cannot listen" in capsys.readouterr().err


@contextmanager
def program(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    environ = {name: value for name, value in os.environ.items() if name != "CAPTCHAAI_API_KEY"}
    command = [sys.executable, "-m", "demo.api", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()


def test_the_program_stops_within_a_second_with_requests_in_flight_and_frees_its_port() -> None:
    body = f"key={DEMO_KEY}&method=userrecaptcha"
    asked = f"POST /in.php HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    with program("--port", "0", "--delay-rate", "1", "--delay-seconds", "600", "--faults-on", "submit") as (process, url):
        port = url.rpartition(":")[2]
        with closing(socket.create_connection(("127.0.0.1", int(port)))) as held:
            held.sendall(asked)
            while b'"delay":1' not in urllib.request.urlopen(f"{url}/witness").read():  # noqa: S310
                pass
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0
            assert time.monotonic() - started < 1
        with program("--port", port) as (_, again):
            assert again == url
        assert process.stdout
        assert process.stdout.read() == "", "it says where it listens and no more"
