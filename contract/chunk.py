"""The line before each piece of a chunked body, read strictly (RFC 9112 §7.1).

Pure.
"""

import re

from contract.problem import ProblemError, problem

LONGEST_LINE = 256
"""Bytes, the extensions included."""

MOST_CHUNKS = 16_384
"""Of one body: each costs as much as a piece of any size."""

_LINE = re.compile(rb"\r\n([0-9A-Fa-f]{1,16})(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?")


def chunk_size(line: bytes) -> int:
    """The bytes in the next chunk; `line` begins with the CR LF before it. ProblemError when it is no such line."""
    found = _LINE.fullmatch(line) if len(line) <= LONGEST_LINE else None
    if not found:
        raise bad_chunk("before each chunk stands its size, in hexadecimal digits and in a line of its own")
    return int(found[1], 16)


def check_begun_line(begun: bytes | bytearray) -> None:
    """ProblemError when no more bytes can make such a line of these, in which no line has ended yet."""
    if not b"\r\n".startswith(begun[:2]) or begun.find(b"\n", 2) >= 0 or len(begun) > LONGEST_LINE:
        raise bad_chunk("before each chunk stands its size, in a line of its own that ends in CR LF")


def bad_chunk(why: str) -> ProblemError:
    """A body that can't be told apart from what follows it."""
    return ProblemError(problem("BAD_REQUEST", f"The chunks of the body are refused: {why}"))
