"""The script for zsh."""

import re
from collections.abc import Iterator, Sequence

from tests.completion.described import Argument, Described, Takes

_SCRIPT = r"""#compdef nearway
# Completion of `nearway` for zsh, made from its commands' parsers. In ~/.zshrc, after compinit: source <(nearway completion zsh)

_nearway() {
    local program=$words[1]
    if ((CURRENT == 2)); then
        local -a commands=(
@COMMANDS@
        )
        _describe command commands
        return
    fi
    shift words
    ((CURRENT--))
    case $words[1] in
@ARGUMENTS@
    esac
}

_nearway_regions() {
    local -a names=("${(@f)$($program regions --names 2>/dev/null)}")
    compadd -- $names
}

if [[ $funcstack[1] == _nearway ]]; then
    _nearway "$@"
else
    compdef _nearway nearway
fi
"""

_OWN = {"--help": "list the commands", "--version": "say which version this is"}


def script(commands: Sequence[Described]) -> str:
    """The whole of it."""
    named = {**{command.name: command.about for command in commands}, **_OWN}
    text = _SCRIPT.replace("@COMMANDS@", "\n".join(f"            {_quoted(f'{name}:{about}')}" for name, about in named.items()))
    return text.replace("@ARGUMENTS@", "\n".join(line for command in commands for line in _lines(command)))


def _lines(command: Described) -> Iterator[str]:
    yield f"    {command.name})"
    specs = [spec for argument in command.options for spec in _option(argument)]
    specs += [f"{number}:{_plain(one.called)}:{_action(one)}" for number, one in enumerate(command.positions, 1)]
    yield "        _arguments \\"
    yield " \\\n".join(f"            {_quoted(spec)}" for spec in specs)
    yield "        ;;"


def _option(argument: Argument) -> Iterator[str]:
    for flag in argument.flags:
        value = "" if argument.takes is Takes.NOTHING else f":{_plain(argument.called)}:{_action(argument)}"
        others = " ".join(argument.flags) if len(argument.flags) > 1 and not argument.many else ""
        yield f"{f'({others})' if others else ''}{'*' if argument.many else ''}{flag}[{_plain(argument.about)}]{value}"


def _action(argument: Argument) -> str:
    match argument.takes:
        case Takes.FILE:
            return "_files"
        case Takes.REGION:
            return "_nearway_regions"
        case Takes.WORDS:
            return f"({' '.join(argument.words)})"
    return " "


def _plain(text: str) -> str:
    """A text that has no meaning to `_arguments`."""
    return re.sub(r"([\[\]:\\])", r"\\\1", text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
