"""A command of the operator's: a line for the shell, or a list of words for no shell. Pure."""

import shlex
from dataclasses import dataclass
from pathlib import Path

PATH = "{path}"
"""Stands for the file a check looks at."""

ALLOWED = 'a line for the shell, as in "nginx -s reload", or a list of words, as in ["nginx", "-s", "reload"]'


@dataclass(frozen=True, slots=True)
class Command:
    """One is the same as another when it says the same."""

    words: tuple[str, ...]
    by_shell: bool = False

    def __str__(self) -> str:
        return self.words[0] if self.by_shell else shlex.join(self.words)

    @property
    def names_path(self) -> bool:
        """Whether it has a place for the file it is about."""
        return any(PATH in word for word in self.words)

    def about(self, path: Path) -> "Command":
        """The command with the file in its place; for a shell it is quoted."""
        written = shlex.quote(str(path)) if self.by_shell else str(path)
        return Command(tuple(word.replace(PATH, written) for word in self.words), self.by_shell)

    @property
    def argv(self) -> tuple[str, ...]:
        """What is executed."""
        return ("/bin/sh", "-c", self.words[0]) if self.by_shell else self.words


def parse_command(said: object) -> Command:
    """As a TOML file says it; ValueError says what is wrong."""
    if isinstance(said, str) and said.strip() and "\0" not in said:
        return Command((said,), by_shell=True)
    if isinstance(said, list) and said and all(isinstance(word, str) and "\0" not in word for word in said):
        return Command(tuple(said))
    raise ValueError(f"{said!r} is no command")


def parse_program(said: object) -> Command:
    """The same without a shell, for what is sent signals: a shell between would get them."""
    if not isinstance(said, str):
        return parse_command(said)
    return parse_command(shlex.split(said))
