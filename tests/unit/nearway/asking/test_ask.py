"""Asking a gateway, and each way in which no answer comes: a line that says what is wrong, and what to do."""

import json
import ssl
from pathlib import Path

import pytest

from contract import __version__
from contract.tls import File, client_context, server_context
from nearway.asking import ask as asking
from nearway.asking.ask import ask
from nearway.asking.target import Target
from nearway.asking.trouble import AskError
from tests.certificates import Authority
from tests.ports import free_ports
from tests.unit.nearway.asking.saying import http, saying

KEY = "nw_0123456789"


def told(said: bytes | None, *, key: str | None = None, seconds: float = 5.0) -> str:
    """What is said where the answer is this."""
    with saying(said) as (port, _), pytest.raises(AskError) as error:
        ask(Target(f"http://127.0.0.1:{port}", key), "/regions", seconds)
    return str(error.value).replace(f"http://127.0.0.1:{port}", "URL")


def problem(status: int, code: str, detail: str) -> bytes:
    return http(status, json.dumps({"error": code, "detail": detail}), "Content-Type: application/problem+json")


def test_the_answer_is_parsed_and_the_question_says_who_asks() -> None:
    with saying(http(200, '{"regions": []}')) as (port, asked):
        assert ask(Target(f"http://127.0.0.1:{port}", KEY), "/regions?a=b") == {"regions": []}
    head = asked[0].decode().split("\r\n")
    assert head[0] == "GET /regions?a=b HTTP/1.1"
    assert {f"Authorization: Bearer {KEY}", f"User-Agent: nearway/{__version__}", f"Host: 127.0.0.1:{port}"} <= set(head)


def test_without_a_key_none_is_sent() -> None:
    with saying(http(200, "{}")) as (port, asked):
        ask(Target(f"http://127.0.0.1:{port}"), "/regions")
    assert b"authorization" not in asked[0].lower()


@pytest.mark.parametrize(
    ("said", "key", "what"),
    [
        (http(401, ""), None, "the gateway at URL asks who you are: set NEARWAY_KEY or --key-file"),
        (http(401, ""), KEY, "the gateway at URL asks who you are: the key is not known there"),
        (
            problem(403, "FORBIDDEN", "a client reads no regions"),
            KEY,
            "the gateway at URL does not let this key do that (a client reads no regions): use a key of a tenant whose role may",
        ),
        (
            problem(403, "CERTIFICATE_REQUIRED", ""),
            None,
            "the gateway at URL wants a client certificate: set NEARWAY_CERTIFICATE",
        ),
        (http(404, "no"), None, "at URL there is no such path: it is an older gateway, or none"),
        (http(302, "", "Location: /login"), None, "URL sends elsewhere (302)"),
        (problem(503, "DRAINING", "it\x1b[2J leaves"), None, r"the gateway at URL answers 503 (DRAINING) (it\x1b[2J leaves)"),
        (http(500, "[" * 100_000), None, "the gateway at URL answers 500"),
        (http(200, "<html>hello"), None, "what answers at URL is no gateway: its answer can't be read"),
        (http(200, "[" * 100_000), None, "what answers at URL is no gateway"),
        (http(200, "\udc80".encode(errors="surrogateescape").decode("latin-1")), None, "what answers at URL is no gateway"),
        (
            http(200, "{}").replace(b"2\r\n", b"9\r\n"),
            None,
            "no gateway answers at URL: it ends the connection without an answer",
        ),
        (b"SSH-2.0-OpenSSH\r\n", None, "no gateway answers at URL: it ends the connection without an answer"),
        (
            b"",
            None,
            "no gateway answers at URL: it ends the connection without an answer: it is leaving, or speaks TLS (https://)",
        ),
    ],
    ids=lambda what: what[:60] if isinstance(what, str) else None,
)
def test_an_answer_that_is_none_is_told_in_a_line_with_what_to_do(said: bytes, key: str | None, what: str) -> None:
    line = told(said, key=key)
    assert line.startswith(what)
    assert line.isprintable()
    assert KEY not in line


def test_one_that_says_nothing_is_not_waited_for_for_ever() -> None:
    assert told(None, seconds=0.2).startswith("no gateway answers at URL: no answer came in time")


def test_one_that_says_a_little_now_and_then_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    # The clock goes on by an hour with each look at it.
    hours = iter(range(0, 10**9, 3600))
    monkeypatch.setattr("nearway.asking.ask.time.monotonic", lambda: next(hours))
    assert "no answer came in time" in told(http(200, "{}"), seconds=3600 * 0.5)


def test_an_answer_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "LARGEST", 100)
    assert told(http(200, "x" * 101)) == "what answers at URL is no gateway: its answer is over 100 bytes"


def test_where_nobody_listens_it_says_how_to_name_the_gateway() -> None:
    (port,) = free_ports(1)
    with pytest.raises(AskError, match="nobody listens there: start it, or say with --gateway or NEARWAY_URL where it is"):
        ask(Target(f"http://127.0.0.1:{port}"), "/regions")


def test_a_name_that_is_none_is_told_of() -> None:
    with pytest.raises(AskError, match="the name can't be resolved"):
        ask(Target("http://no-such-host.invalid"), "/regions")


class TestTls:
    """A gateway that serves it."""

    @pytest.fixture
    def authority(self, tmp_path: Path) -> Authority:
        return Authority(tmp_path)

    def server(self, authority: Authority, name: str = "127.0.0.1", client_ca: Path | None = None) -> ssl.SSLContext:
        pair = authority.issue(name)
        files = (File("C", pair.certificate), File("K", pair.key), File("A", client_ca))
        made = server_context(*files)
        assert made is not None
        return made

    def trusting(self, ca: Path) -> ssl.SSLContext | None:
        return client_context(File("CA", ca), File("C", None), File("K", None))

    def line(self, scheme: str, server: ssl.SSLContext | None, client: ssl.SSLContext | None) -> str:
        with saying(http(200, "{}"), server) as (port, _), pytest.raises(AskError) as error:
            ask(Target(f"{scheme}://127.0.0.1:{port}", None, client), "/regions", 5.0)
        return str(error.value)

    def test_one_whose_ca_is_trusted_is_asked(self, authority: Authority) -> None:
        with saying(http(200, "{}"), self.server(authority)) as (port, _):
            assert ask(Target(f"https://127.0.0.1:{port}", None, self.trusting(authority.ca)), "/regions") == {}

    def test_one_whose_ca_is_not_trusted_is_told_of_with_the_variable(self, authority: Authority) -> None:
        assert "its certificate is not trusted" in self.line("https", self.server(authority), None)
        assert "set NEARWAY_CA to the file of its CA" in self.line("https", self.server(authority), None)

    def test_one_of_another_name_is_told_of(self, authority: Authority) -> None:
        line = self.line("https", self.server(authority, "10.0.0.1"), self.trusting(authority.ca))
        assert "certificate is not valid for '127.0.0.1'" in line

    def test_plain_http_where_tls_is_spoken_and_the_other_way_round(self, authority: Authority) -> None:
        assert "or speaks TLS (https://)" in self.line("http", self.server(authority), None)
        assert "it may speak plain HTTP (http://)" in self.line("https", None, None)
