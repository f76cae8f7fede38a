"""What a running gateway, and a worker by the same code, make of requests that two readers could take differently."""

import re

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from tests.system.edge_lab import Edge
from tests.system.wire import LAST, POST, chunks, request

CHUNKED = "Transfer-Encoding: chunked"
AMBIGUOUS = {
    "both a length and a coding": request(POST, "Content-Length: 4", CHUNKED, body=b"0\r\n\r\n"),
    "a coding and a length": request(POST, CHUNKED, "Content-Length: 4", body=b"0\r\n\r\n"),
    "two lengths that differ": request(POST, "Content-Length: 0", "Content-Length: 5", body=b"12345"),
    "two lengths that agree": request(POST, "Content-Length: 5", "Content-Length: 5", body=b"12345"),
    "a list of lengths": request(POST, "Content-Length: 5, 5", body=b"12345"),
    "a length with a plus": request(POST, "Content-Length: +5", body=b"12345"),
    "a negative length": request(POST, "Content-Length: -5", body=b"12345"),
    "a hexadecimal length": request(POST, "Content-Length: 0x5", body=b"12345"),
    "a length with an underscore": request(POST, "Content-Length: 0_5", body=b"12345"),
    "a length with a space within": request(POST, "Content-Length: 0 5", body=b"12345"),
    "an empty length": request(POST, "Content-Length: ", body=b"12345"),
    "a length in digits of another script": request(POST, "Content-Length: \u0665".encode(), body=b"12345"),
    "a length after a no-break space": request(POST, "Content-Length: \u00a05".encode(), body=b"12345"),
    "a length after a form feed": request(POST, b"Content-Length: \x0c5", body=b"12345"),
    "a length beyond all machines": request(POST, f"Content-Length: {2**64 + 5}", body=b"12345"),
    "two codings": request(POST, CHUNKED, CHUNKED, body=b"0\r\n\r\n"),
    "chunked, identity": request(POST, "Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"),
    "identity, chunked": request(POST, "Transfer-Encoding: identity, chunked", body=b"0\r\n\r\n"),
    "gzip": request(POST, "Transfer-Encoding: gzip", body=b"0\r\n\r\n"),
    "identity": request(POST, "Transfer-Encoding: identity", body=b"0\r\n\r\n"),
    "xchunked": request(POST, "Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "chunked in quotes": request(POST, 'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"),
    "chunked and a vertical tab": request(POST, b"Transfer-Encoding: chunked\x0b", body=b"0\r\n\r\n"),
    "a vertical tab and chunked": request(POST, b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
    "chunked and NUL": request(POST, b"Transfer-Encoding: chunked\x00", body=b"0\r\n\r\n"),
    "an empty coding": request(POST, "Transfer-Encoding:", body=b"0\r\n\r\n"),
    "a coding in HTTP/1.0": request("POST /solve HTTP/1.0", CHUNKED, body=b"0\r\n\r\n"),
    "a space before the colon": request(POST, "Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
    "a tab before the colon": request(POST, "Content-Length\t: 5", body=b"12345"),
    "a folded line": request(POST, "Transfer-Encoding:", " chunked", body=b"0\r\n\r\n"),
    "a folded line after another": request(POST, "X-A: b", "\tContent-Length: 5", body=b"12345"),
    "a space before the first field": request(POST, host=" Host: x"),
    "no colon": request(POST, "Content-Length 5", body=b"12345"),
    "a name with a space": request(POST, "Content Length: 5", body=b"12345"),
    "no name": request(POST, ": 5"),
    "a name with an odd byte": request(POST, b"Content-Length\xff: 5", body=b"12345"),
    "a name that is folded to another by Unicode": request(POST, "Transfer-Encoding\u212a: 5".encode()),
    "a name with NUL": request(POST, b"Content-Length\x00: 5", body=b"12345"),
    "a value with NUL": request(POST, b"X-A: a\x00b"),
    "a value with CR": request(POST, b"X-A: a\rContent-Length: 5", body=b"12345"),
    "a value with LF": request(POST, b"X-A: a\nContent-Length: 5", body=b"12345"),
    "lines that end in LF": request(POST, "Content-Length: 5", body=b"12345").replace(b"\r\n", b"\n"),
    "a head that ends in LF LF": b"GET /health HTTP/1.1\r\nHost: x\n\n",
    "a head that ends in LF CR LF": b"GET /health HTTP/1.1\r\nHost: x\n\r\n",
    "an empty line first": b"\r\n" + request(),
    "a space first": b" " + request(),
    "two spaces in the first line": request("GET  /health HTTP/1.1"),
    "a space after the version": request("GET /health HTTP/1.1 "),
    "a tab in the first line": request("GET\t/health\tHTTP/1.1"),
    "HTTP/0.9": b"GET /health\r\n",
    "HTTP/1.2": request("GET /health HTTP/1.2"),
    "HTTP/2.0": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/01.1": request("GET /health HTTP/01.1"),
    "http/1.1": request("GET /health http/1.1"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a whole address": request("GET http://x/health HTTP/1.1"),
    "an address of another host": request("GET http://elsewhere/health HTTP/1.1"),
    "a host in place of a path": request("CONNECT x:443 HTTP/1.1"),
    "an asterisk": request("OPTIONS * HTTP/1.1"),
    "a path that begins with none": request("GET health HTTP/1.1"),
    "a fragment": request("GET /health#top HTTP/1.1"),
    "a path with NUL": request("GET /hea\x00lth HTTP/1.1"),
    "a path with an odd byte": b"GET /h\xe9alth HTTP/1.1\r\nHost: x\r\n\r\n",
    "no host": request(host=""),
    "two hosts": request("GET /health HTTP/1.1", "Host: y"),
    "a host with a path": request(host="Host: x/health"),
    "a host with a space": request(host="Host: x y"),
    "another expectation": request(POST, "Expect: a miracle", "Content-Length: 5", body=b"12345"),
    "a chunk with 0x": chunks(b"0x5", b"12345", b"0", b""),
    "a chunk with a plus": chunks(b"+5", b"12345", b"0", b""),
    "a negative chunk": chunks(b"-5", b"12345", b"0", b""),
    "a chunk with a space first": chunks(b" 5", b"12345", b"0", b""),
    "a chunk with a space after": chunks(b"5 ", b"12345", b"0", b""),
    "a chunk with an underscore": chunks(b"0_5", b"12345", b"0", b""),
    "a chunk without a size": chunks(b"", b"12345", b"0", b""),
    "a chunk of no number": chunks(b"five", b"12345", b"0", b""),
    "a chunk in digits of another script": chunks("\u0665".encode(), b"12345", b"0", b""),
    "a chunk with too many digits": chunks(b"0" * 16 + b"5", b"12345", b"0", b""),
    "an extension with LF": chunks(b"5;a\nb", b"12345", b"0", b""),
    "an extension with CR": chunks(b"5;a\rb", b"12345", b"0", b""),
    "an extension without end": chunks(b"5;" + b"a" * 300, b"12345", b"0", b""),
    "a size that ends in LF": request(POST, CHUNKED, body=b"5\n12345\r\n0\r\n\r\n"),
    "a chunk longer than its size": chunks(b"4", b"12345", b"0", b""),
    "a chunk shorter than its size": chunks(b"6", b"12345", b"0", b""),
    "something other than CR LF after a chunk": request(POST, CHUNKED, body=b"5\r\n12345XX0\r\n\r\n"),
    "a trailer": chunks(b"5", b"12345", b"0", b"Content-Length: 5", b""),
    "a request as a trailer": request(POST, CHUNKED, body=b"0\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n"),
    "LF after the last chunk": request(POST, CHUNKED, body=b"0\r\n\n\r\n"),
}


@pytest.mark.parametrize("said", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_could_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_read(edge: Edge, said: bytes) -> None:
    with edge.wire() as wire:
        heard = wire.say(said + LAST).rest()
        assert len(heard) == 1, heard
        assert heard[0].told == (400, "BAD_REQUEST", "no")
        assert "refused" in heard[0].problem["detail"], "and not for what is in it"
        assert heard[0].headers["connection"] == "close"
        assert wire.seconds < 8, "nobody is kept waiting for it"


PLAIN = {
    "no body": (request(POST), 1),
    "a length of 0": (request(POST, "Content-Length: 0"), 1),
    "a length and spaces": (request(POST, "Content-Length: \t5 ", body=b"12345"), 1),
    "chunks": (chunks(b"2", b"12", b"03", b"345", b"0", b""), 1),
    "chunks with extensions": (chunks(b'5;a="b c";d', b"12345", b"0 ;e", b""), 1),
    "a body that looks like a request": (request(POST, "Content-Length: 38", body=request()[:38].ljust(38)), 1),
    "an odd value": (request("GET /health HTTP/1.1", b"X-A: \xff\tb"), 1),
    "names in capitals": (request(POST, "CONTENT-LENGTH: 5", body=b"12345"), 1),
    "no host in HTTP/1.0": (request("GET /health HTTP/1.0", "Connection: keep-alive", host=""), 1),
    "an empty host": (request(host="Host:"), 1),
    "a host of IPv6": (request(host="Host: [::1]:8000"), 1),
    "a request behind another": (request(POST, "Content-Length: 5", body=b"12345") + request(), 2),
}


@pytest.mark.parametrize(("said", "count"), PLAIN.values(), ids=PLAIN)
def test_what_is_plain_is_read_and_what_is_behind_it_too(edge: Edge, said: bytes, count: int) -> None:
    with edge.wire() as wire:
        heard = wire.say(said + LAST).rest()
        assert len(heard) == count + 1, heard
        assert all("refused" not in one.problem.get("detail", "") for one in heard)
        assert heard[-1].status == 200


FRAMING = st.lists(
    st.tuples(
        st.sampled_from(["Content-Length", "content-length", "Transfer-Encoding", "Transfer-encoding", "Content-Length ", "X"]),
        st.sampled_from(["", " ", "\t"]),
        st.one_of(
            st.sampled_from(["chunked", "Chunked", "identity", "chunked, chunked", "chunked;q=1", "", "5 5", "5,5", "00", "1e1"]),
            st.integers(-2, 12).map(str),
            st.text("0123456789+-_xX chunked,\t", max_size=9),
        ),
    ),
    min_size=1,
    max_size=2,
)
BODIES = st.sampled_from([b"", b"5\r\n12345\r\n0\r\n\r\n", b"2;a\r\n12\r\n00\r\n\r\n"]) | st.lists(
    st.sampled_from([b"5", b"0", b"1", b"\r\n", b"\r\n", b"12345", b"a", b";", b" ", b"\n"]), max_size=9
).map(b"".join)


def end_by_the_book(fields: list[tuple[str, str, str]], said: bytes) -> int | None:
    """Where the body ends by RFC 9112 §§6.3, 7.1, for a reader that takes nothing doubtful; None when it refuses.

    `said` is all that comes after the head; an end beyond it is one that does not come.
    """
    lengths = [value.strip(" \t") for name, _, value in fields if name.lower() == "content-length"]
    codings = [value.strip(" \t") for name, _, value in fields if name.lower() == "transfer-encoding"]
    if any(name.endswith(" ") for name, _, _ in fields) or len(lengths) + len(codings) > 1:
        return None
    if lengths:
        return int(lengths[0]) if re.fullmatch("[0-9]+", lengths[0]) else None
    if codings:
        return end_of_chunks(said) if codings[0] == "chunked" else None
    return 0


def end_of_chunks(said: bytes) -> int | None:
    at = 0
    while line := re.compile(rb"([0-9a-fA-F]{1,16})(?:[ \t]*;[\t -~]*)?\r\n").match(said, at):
        size = int(line[1], 16)
        at = line.end() + size + 2
        if at > len(said):
            return at
        if said[at - 2 : at] != b"\r\n":
            return None
        if size == 0:
            return at
    return None


@settings(max_examples=300)
@given(fields=FRAMING, body=BODIES)
def test_for_any_two_framing_fields_a_body_ends_where_the_book_says_or_the_request_is_refused(
    gateway: Edge, fields: list[tuple[str, str, str]], body: bytes
) -> None:
    said = body + LAST
    end = end_by_the_book(fields, said)
    assume(end is None or end < len(said))
    event("refused" if end is None else "read")
    with gateway.wire() as wire:
        heard = wire.say(request(POST, *(f"{name}:{space}{value}" for name, space, value in fields), body=said)).rest()
    if end is None:
        assert [one.told for one in heard] == [(400, "BAD_REQUEST", "no")]
    else:
        assert len(heard) == 2, "the request, and what comes after it"
        assert (heard[1].status == 200) == (said[end:] == LAST)
