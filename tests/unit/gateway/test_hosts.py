import json
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yarl import URL

from contract.problem import ProblemError
from contract.submitted import Submitted
from gateway.hosts import LONGEST_ADDRESS, check_pattern, host_of, is_allowed, normal
from gateway.pages import check_pages
from tests.unit.gateway import whatwg

ALLOWED = ("good.com", "*.good.com", "xn--bcher-kva.example", "192.0.2.1", "[2001:db8::1]")


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://good.com", "good.com"),
        ("https://good.com/", "good.com"),
        ("HTTPS://GOOD.com:8443/login?next=https://evil.com/#top", "good.com"),
        ("http://good.com./a@b", "good.com"),
        ("http://good.com?a=1", "good.com"),
        ("http://good.com/?mail=a@b.com", "good.com"),
        ("http://my_shop.good.com", "my_shop.good.com"),
        ("https://bücher.example/ä/ö", "xn--bcher-kva.example"),
        ("https://BÜCHER.example", "xn--bcher-kva.example"),
        ("https://xn--BCHER-kva.example", "xn--bcher-kva.example"),
        ("http://192.0.2.1:80/", "192.0.2.1"),
        ("http://[2001:DB8:0::0001]:80/", "[2001:db8::1]"),
    ],
)
def test_what_everybody_reads_alike_is_read(address: str, host: str) -> None:
    assert host_of(address) == host


@pytest.mark.parametrize(
    "address",
    [
        "", "good.com", "//good.com", "ftp://good.com", "https:good.com", "https:/good.com", "https:///good.com",
        "https:\\\\good.com", "https://evil.com\\@good.com", "https://good.com\\.evil.com", "https://evil.com\\good.com/",
        "https://good.com@evil.com", "https://good.com:80@evil.com", "https://evil.com@good.com", "https://@good.com",
        "https://evil.com?@good.com", "https://evil.com#@good.com/", "https://good.com#@evil.com",
        " https://good.com", "https://good.com ", "https://go\tod.com", "https://good.com\n", "https://good.com/\r\nHost: evil",
        "https://good.com\x00.evil.com", "https://good.com/\x7f", "https://good.com\u2028", "https://good\u200b.com",
        "https://good.com/\ud800", "https://g\u00adood.com", "https://\ufeffgood.com",
        "https://good.com:", "https://good.com:80:80", "https://good.com:99999", "https://good.com:8o", "https://good.com:٨",
        "https://good.com%2eevil.com", "https://good%2ecom", "https://%67ood.com", "https://good.com%00.evil.com",
        "https://evil.com%2f@good.com",
        "https://good..com", "https://.good.com", "https://good.com..", "https://-good.com", "https://go od.com",
        f"https://{'a' * 64}.com", f"https://{'a.' * 127}com", f"https://good.com/{'a' * LONGEST_ADDRESS}",
        "https://\uff47ood.com", "https://good\u3002com", "https://good\uff0ecom", "https://\u210aood.com", "https://good\u2177.com",
        "https://faß.de", "https://ος.gr", "https://xn--bücher.example",
        "https://127.1", "https://2130706433", "https://0x7f.0.0.1", "https://0x7f000001", "https://0177.0.0.1",
        "https://192.0.2.01", "https://192.0.2.1.", "https://192.0.2", "https://192.0.2.256", "https://\uff1192.0.2.1",
        "https://192.0.2.0x1", "https://good.com.0x", "https://1.2.3.4.5",
        "https://[2001:db8::1", "https://2001:db8::1", "https://[2001:db8::1%25eth0]", "https://[2001:db8::1%eth0]",
        "https://[2001:db8::1].good.com", "https://[good.com]", "https://[::1]@good.com", "https://[]", "https://good.com]",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_can_be_read_in_two_ways_or_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"\bit|host"):
        host_of(address)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("good.com", True), ("www.good.com", True), ("a.b.good.com", True), ("xn--bcher-kva.example", True),
        ("192.0.2.1", True), ("[2001:db8::1]", True),
        ("evilgood.com", False), ("good.com.evil.com", False), ("com", False), ("www.xn--bcher-kva.example", False),
        ("1.192.0.2.1", False), ("[2001:db8::2]", False), ("*.good.com", True),
    ],
)  # fmt: skip
def test_the_list_has_names_and_what_is_below_them(host: str, allowed: bool) -> None:
    assert is_allowed(host, ALLOWED) is allowed


def test_a_name_with_a_star_before_it_is_not_itself_on_the_list() -> None:
    assert not is_allowed("good.com", ["*.good.com"])


def refused(task: dict[str, object], hosts: tuple[str, ...] = ("good.com",)) -> str | None:
    """Why a task is refused; None when it is not."""
    try:
        check_pages(json.dumps(task).encode(), ("pageurl", "site"), hosts)
    except ProblemError as error:
        told = error.problem
        return told.detail if (told.error, told.status, told.submitted) == ("HOST_FORBIDDEN", 403, Submitted.NO) else None
    return None


SPELLINGS = st.sampled_from(
    [
        "good.com", "www.good.com", "evil.com", "evil.com.", "EVIL.com", "\uff45vil.com", "evil\u3002com", "bücher.example",
        "xn--bcher-kva.example", "192.0.2.1", "192.0.2.7", "3221225985", "0300.0.2.1", "0xc0.0.2.1", "192.0.513", "[2001:db8::1]",
        "[::ffff:192.0.2.1]", "ß.good.com", "evil.com%2egood.com", "g%6fod.com", "good.com%00evil.com",
    ]
)  # fmt: skip
GLUE = st.sampled_from(
    [
        "", "@", ":", "\\", "/", "//", "?", "#", ".", "%", "%40", "%2f", "%5c", "\t", "\n", " ", "\x00", "[", "]", ";", ",", "&",
        ":80", "a:b@", "xn--", "|", "^", "`", "\u3002", "\uff0e", "\uff0f", "\uff20", "\u200d", "\u00ad", "\u2044", "\u2100",
        "\u0430",
    ]
)  # fmt: skip
START = st.sampled_from(
    ["http://", "https://", "HTTP://", "https:", "https:/", "https:///", "https:\\\\", "http:\\/", " https://", "//"]
)


@st.composite
def mangled(draw: st.DrawFn) -> str:
    middle = draw(st.lists(st.tuples(SPELLINGS, GLUE, GLUE), min_size=1, max_size=3))
    return draw(START) + draw(GLUE) + "".join("".join(one) for one in middle)


def readings(address: str) -> Iterator[str | None]:
    """The host as each of several readers has it; of those that find none, nothing."""
    yield whatwg.host(address)
    with suppress(ValueError):
        yield urlsplit(address).hostname
    with suppress(ValueError):
        yield URL(address).host
    with suppress(ValueError):
        yield URL(address).raw_host


def is_on_the_list(host: str) -> bool:
    """As a reader's own words mean it."""
    bare = host.lower().removesuffix(".").strip("[]")
    if not bare.isascii():
        bare = whatwg.host(f"https://{bare}") or bare
    return bare == "good.com" or bare.endswith(".good.com") or bare in ("xn--bcher-kva.example", "192.0.2.1", "2001:db8::1")


@given(mangled() | st.text(max_size=40).map(lambda text: f"https://{text}"))
@example("https://good.com:80@evil.com")
@example("https://evil.com\\@good.com")
@settings(max_examples=1500, deadline=None)
def test_whoever_reads_an_address_that_is_let_through_finds_a_host_of_the_list(address: str) -> None:
    if refused({"pageurl": address}, ALLOWED) is not None:
        return
    found = [host for host in readings(address) if host]
    assert found
    assert [host for host in found if not is_on_the_list(host)] == []


def test_most_plain_addresses_are_let_through() -> None:
    for path in ("", "/", "/a/b?c=d#e", "?a", "#a", "/ü", "/%20"):
        for host in ("good.com", "www.good.com", "bücher.example", "192.0.2.1", "[2001:db8::1]"):
            assert is_allowed(host_of(f"https://{host}{path}"), ALLOWED)


@given(st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,3})?(\.[a-z]{1,5}){1,3}", fullmatch=True))
def test_a_plain_name_is_normal_and_a_pattern_of_itself(name: str) -> None:
    assert normal(name) == normal(name.upper() + ".") == check_pattern(name) == name
    assert check_pattern(f"*.{name}") == f"*.{name}"


def test_every_member_that_is_an_address_is_looked_at() -> None:
    good, evil = "https://good.com/", "https://evil.com/"
    assert refused({"pageurl": good, "site": good, "other": evil}) is None
    assert (
        refused({"pageurl": good, "site": evil}) == "Site is on evil.com, which is none of the hosts this tenant's tasks may name"
    )
    assert refused({"pageurl": evil}) is not None


def test_a_task_that_names_no_page_is_let_through() -> None:
    assert refused({"method": "base64", "body": "…"}) is None


@pytest.mark.parametrize("value", [None, 7, True, ["https://good.com/"], {"url": "https://good.com/"}, ""])
def test_a_page_that_is_no_address_is_refused(value: object) -> None:
    assert refused({"pageurl": value}) is not None


@pytest.mark.parametrize("name", ["PageUrl", "PAGEURL", "pageURL"])
def test_a_member_that_another_reader_may_take_for_a_page_is_refused(name: str) -> None:
    assert "write it so" in (refused({"pageurl": "https://good.com/", name: "https://evil.com/"}) or "")
