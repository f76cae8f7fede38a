"""Where the keys of tenants stand in the text of a policy file.

Pure. Only as much of TOML 1.0 is understood as that takes; whoever changes a text compares what it says before and after.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
    r"|#[^\n]*|\n|[\[\]{}=,]|[^\s\"'#\[\]{}=,]+|[^\S\n]+|.",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text, and where it begins."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)

    @property
    def is_said(self) -> bool:
        """Whether it is more than white space or a comment."""
        return not self.text.isspace() and not self.text.startswith("#")


def keys_of(text: str, number: int) -> list[Token] | None:
    """The array after `keys =` of the tenant of that number (from 0), brackets included; None when it is not found."""
    seen = -1
    for line in _lines(text):
        said = [token for token in line if token.is_said]
        words = "".join(token.text.strip("\"'") for token in said)
        if words.startswith("["):
            seen += words == "[[tenant]]"
            ours = seen == number and words == "[[tenant]]"
        elif seen == number and ours and words.startswith("keys=["):
            first, last = said[2], said[-1]
            return [token for token in line if first.start <= token.start <= last.start]
    return None


def _lines(text: str) -> Iterator[list[Token]]:
    """Its lines, with what an array or a table goes on over."""
    line, depth = list[Token](), 0
    for found in _TOKEN.finditer(text):
        token = Token(found[0], found.start())
        depth += (token.text in ("[", "{")) - (token.text in ("]", "}"))
        if token.text == "\n" and depth <= 0:
            yield line
            line, depth = [], 0
        else:
            line.append(token)
    yield line
