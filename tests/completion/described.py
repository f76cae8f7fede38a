"""A command line as completion sees it."""

import argparse
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from nearway.commands import Command

FILES = ("FILE", "DIR")
"""What an argument is called in the usage where it is a file or a folder."""


class Takes(Enum):
    """What follows an option, or stands as an argument of its own."""

    NOTHING = auto()
    ANYTHING = auto()
    FILE = auto()
    REGION = auto()
    """The name of one: the gateway is asked which there are."""
    WORDS = auto()


@dataclass(frozen=True, slots=True)
class Argument:
    """An option with its `flags`, or, without any, what stands by itself. `words` are those it may be, where they are known;
    `many` when it may be said again."""

    flags: tuple[str, ...]
    about: str
    takes: Takes
    called: str = ""
    words: tuple[str, ...] = ()
    many: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """A command."""

    name: str
    about: str
    arguments: tuple[Argument, ...]

    @property
    def options(self) -> tuple[Argument, ...]:
        """Those with flags."""
        return tuple(one for one in self.arguments if one.flags)

    @property
    def positions(self) -> tuple[Argument, ...]:
        """Those without, in order."""
        return tuple(one for one in self.arguments if not one.flags)


def parser_of(command: Command) -> argparse.ArgumentParser:
    """The command's parser, as `Command` says where it is."""
    made = importlib.import_module(f"{command.module}.__main__").parser(*command.words)
    assert isinstance(made, argparse.ArgumentParser)
    return made


def described(command: Command) -> Described:
    """What its parser takes."""
    return Described(command.name, command.about, tuple(map(_argument, actions(parser_of(command)))))


def actions(parser: argparse.ArgumentParser) -> Sequence[argparse.Action]:
    """The arguments of a parser, in the order of its help."""
    return parser._actions


def about(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    """An argument's help, with its default in it."""
    return parser._get_formatter()._expand_help(action)


def called(action: argparse.Action) -> str:
    """What an argument is called in the usage."""
    if action.choices is not None:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return str(action.metavar or action.dest).upper()


def _argument(action: argparse.Action) -> Argument:
    words = tuple(map(str, action.choices or ()))
    text = (action.help or "").partition("(")[0].partition(":")[0].strip()
    many = isinstance(action, argparse._AppendAction)
    return Argument(tuple(action.option_strings), text, _takes(action, words), str(action.metavar or action.dest), words, many)


def _takes(action: argparse.Action, words: Sequence[str]) -> Takes:
    if action.nargs == 0:
        return Takes.NOTHING
    if words:
        return Takes.WORDS
    if action.metavar in FILES:
        return Takes.FILE
    return Takes.REGION if action.metavar == "REGION" else Takes.ANYTHING
