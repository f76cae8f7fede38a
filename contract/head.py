"""The head of a request, checked before anybody reads it: what two readers could take differently is refused.

Who stands before or behind us may read a doubtful head otherwise than we do, and take what is a body here for a request
there. So there is one reading or none (RFC 9112 §§2.2, 3, 5.1, 6.1, 6.3; RFC 9110 §§5.5, 5.6.2). Pure.
"""

import re

from contract.problem import ProblemError, problem

MOST_FIELDS = 100
LONGEST_REQUEST_LINE = 8 * 1024
"""Bytes."""

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"%b /[!-\"$-~]* HTTP/1\.([01])" % _TOKEN)
_BEGINNING = re.compile(_TOKEN)
_FIELD = re.compile(rb"(%b):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*" % _TOKEN)
_STRAY = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\x00")
_HOST = re.compile(rb"[A-Za-z0-9._~%!$&'()*+,;=:\[\]-]*")
_LENGTH = re.compile(rb"[0-9]{1,18}")

Fields = dict[bytes, list[bytes]]
"""Values by name in lower case, in the order they came."""


def check_beginning(begun: bytes | bytearray, since: int) -> None:
    """ProblemError when no more bytes can make a good head of these. Up to `since` they were looked at before."""
    if not _BEGINNING.match(begun):
        raise _bad("it does not begin with a method")
    if _STRAY.search(begun, max(0, since - 1)):
        raise _bad("its lines end in CR LF, and neither these nor NUL may stand elsewhere")
    end = begun.find(b"\r\n")
    if end >= 0 or len(begun) > LONGEST_REQUEST_LINE:
        _check_request_line(bytes(begun if end < 0 else begun[:end]))


def check_head(head: bytes, largest_body: int) -> None:
    """ProblemError when the head (without the empty line that ends it) is over a limit or not plain in its meaning."""
    line, *lines = head.split(b"\r\n")
    version = _check_request_line(line)
    if len(lines) > MOST_FIELDS:
        raise too_large(f"it may have {MOST_FIELDS} fields")
    fields: Fields = {}
    for line in lines:
        name, value = _field(line)
        fields.setdefault(name.lower(), []).append(value)
    _check_host(fields, version)
    _check_expectation(fields)
    _check_framing(fields, version, largest_body)


def too_large(limit: str) -> ProblemError:
    """A head over a limit."""
    return ProblemError(problem("HEADERS_TOO_LARGE", f"The head of the request is over the limit: {limit}"))


def body_too_large(largest: int) -> ProblemError:
    """A body over the limit."""
    return ProblemError(problem("BODY_TOO_LARGE", f"The limit is {largest} bytes"))


def _check_request_line(line: bytes) -> bytes:
    if len(line) > LONGEST_REQUEST_LINE:
        raise too_large(f"its first line may have {LONGEST_REQUEST_LINE} bytes")
    found = _REQUEST_LINE.fullmatch(line)
    if not found:
        raise _bad("its first line must be like `POST /path HTTP/1.1`, with a path and no other kind of target")
    return found[1]


def _field(line: bytes) -> tuple[bytes, bytes]:
    found = _FIELD.fullmatch(line)
    if not found:
        raise _bad("each field must be a name, a colon right after it, and a value, in one line and without control characters")
    return found[1], found[2]


def _check_host(fields: Fields, version: bytes) -> None:
    hosts = fields.get(b"host", [])
    if len(hosts) > 1 or (version == b"1" and not hosts) or not all(map(_HOST.fullmatch, hosts)):
        raise _bad("there must be one `Host`, a name or address with or without a port (RFC 9112 §3.2)")


def _check_expectation(fields: Fields) -> None:
    if any(value.lower() != b"100-continue" for value in fields.get(b"expect", [])):
        raise _bad("nothing but `100-continue` can be expected")


def _check_framing(fields: Fields, version: bytes, largest_body: int) -> None:
    lengths, codings = fields.get(b"content-length", []), fields.get(b"transfer-encoding", [])
    if len(lengths) + len(codings) > 1:
        raise _bad("`Content-Length` or `Transfer-Encoding` may be there once, and not both (RFC 9112 §6.3)")
    if codings and (version == b"0" or codings != [b"chunked"]):
        raise _bad("`Transfer-Encoding` must be `chunked`, in HTTP/1.1")
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        raise _bad("`Content-Length` must be a number in digits")
    if lengths and int(lengths[0]) > largest_body:
        raise body_too_large(largest_body)


def _bad(why: str) -> ProblemError:
    return ProblemError(problem("BAD_REQUEST", f"The head of the request is refused: {why}"))
