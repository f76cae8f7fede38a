"""The URL of a callback."""

from collections.abc import Sequence
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as some
from yarl import URL

from contract.problem import Problem, ProblemError
from gateway.callbacks.target import Target, parse_target, target_of

GOOD = {
    "https://hooks.example.com/a/b?token=x%20y": ("hooks.example.com", 443, "/a/b?token=x%20y", "hooks.example.com"),
    "https://Hooks.Example.com": ("hooks.example.com", 443, "/", "Hooks.Example.com"),
    "https://h.example:8443?x=1": ("h.example", 8443, "/?x=1", "h.example:8443"),
    "https://[2600::1]:8443/x": ("2600::1", 8443, "/x", "[2600::1]:8443"),
    "https://8.8.8.8/": ("8.8.8.8", 443, "/", "8.8.8.8"),
    "http://h.example/": ("h.example", 80, "/", "h.example"),
}


@pytest.mark.parametrize("url", GOOD)
def test_what_a_url_tells(url: str) -> None:
    target = parse_target(url)
    assert (target.host, target.port, target.path, target.authority) == GOOD[url]
    assert target.is_plain == url.startswith("http:")


BAD = {
    "": "begins with https",
    "ftp://h.example/": "begins with https",
    "javascript:alert(1)": "begins with https",
    "//h.example/": "begins with https",
    "HTTPS://h.example/": "begins with https",
    "https://user@h.example/": "name or a password",
    "https://user:secret@h.example/": "name or a password",
    "https://h.example\\@127.0.0.1/": "name or a password",
    "https://h.example/#x": "fragment",
    "https://h.example#@127.0.0.1/": "name or a password",
    "https://h.example:0/": "port 0",
    "https://h.example:22/": "port 22",
    "https://h.example:65536/": "port 65536",
    "https://h.example:/": "no URL",
    "https:///x": "no URL",
    "https://h%2eexample/": "no URL",
    "https://h.example/a b": "no URL",
    "https://h.example/\r\nX: y": "no URL",
    "https://h.example/\t": "no URL",
    "https://h.example/\x00": "no URL",
    "https://bücher.example/": "ASCII",
    "https://\uff11\uff12\uff17.0.0.1/": "ASCII",
    "https://[::1%25eth0]/": "no URL",
    "https://h.example/" + "x" * 2000: "longer",
}


@pytest.mark.parametrize("url", BAD)
def test_what_is_odd_is_refused_and_says_why(url: str) -> None:
    with pytest.raises(ValueError, match=BAD[url]):
        parse_target(url)


@given(some.from_regex(r"https?://[!-~]{1,40}", fullmatch=True))
def test_no_other_reader_takes_it_for_another_place(url: str) -> None:
    try:
        target = parse_target(url)
    except ValueError:
        return
    theirs = URL(url)
    assert (theirs.raw_host or "").lower() == target.host
    assert (theirs.port, theirs.user, theirs.password) == (target.port, None, None)


def why_not(fields: Sequence[str], networks: Sequence[str] = (), hosts: Sequence[str] = ()) -> Problem:
    with pytest.raises(ProblemError) as caught:
        target_of(fields, [ip_network(one) for one in networks], hosts)
    return caught.value.problem


def test_what_can_be_told_without_looking_a_name_up_is_told_at_once() -> None:
    told = why_not(["https://127.0.0.1/"])
    assert (told.error, told.status, told.submitted.value) == ("CALLBACK_REFUSED", 400, "no")
    assert "loopback" in told.detail
    assert "not a public" in why_not(["https://[::ffff:10.0.0.1]/"]).detail
    assert "only https" in why_not(["http://h.example/"]).detail
    assert "several" in why_not(["https://h.example/", "https://h.example/"]).detail
    assert "it is private" in why_not(["http://10.2.0.1/"], ["10.1.0.0/16"]).detail


def test_without_the_header_there_is_none_and_named_networks_are_called_without_tls() -> None:
    assert target_of([], (), ("h.example",)) is None
    assert target_of(["http://10.1.0.1:8080/"], [ip_network("10.1.0.0/16")], ()) == Target(
        "http://10.1.0.1:8080/", "10.1.0.1", 8080, "/"
    )


@pytest.mark.parametrize("host", ["hooks.acme.com", "HOOKS.acme.com.", "a.acme.net", "b.a.acme.net"])
def test_a_tenants_hosts_are_called(host: str) -> None:
    assert target_of([f"https://{host}/"], (), ("Hooks.acme.com", "*.acme.net"))


@pytest.mark.parametrize("host", ["acme.net", "xacme.net", "hooks.acme.com.evil.example", "x.hooks.acme.com", "8.8.8.8"])
def test_others_are_not(host: str) -> None:
    assert "hooks.acme.com, *.acme.net only" in why_not([f"https://{host}/"], hosts=("hooks.acme.com", "*.acme.net")).detail
