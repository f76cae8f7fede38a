"""The script for bash."""

from collections.abc import Iterator, Sequence

from tests.completion.described import Argument, Described, Takes

_SCRIPT = r"""# Completion of `nearway` for bash, made from its commands' parsers. In ~/.bashrc: source <(nearway completion bash)

_nearway() {
    local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} word waiting= at=0
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _nearway_offer "@COMMANDS@"
        return
    fi
    for word in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
        case $word in
        =) ;; # readline takes it for a word of its own
        *) if [[ $waiting ]]; then waiting=
           elif [[ $word == -* ]]; then waiting=$(_nearway_takes "$command" "$word")
           else ((at += 1)); fi ;;
        esac
    done
    [[ $current == = ]] && current=
    if [[ ! $waiting && $current == -* ]]; then
        _nearway_offer "$(_nearway_options "$command")"
        return
    fi
    waiting=${waiting:-$(_nearway_takes "$command" "$at")}
    case $waiting in
    file) compopt -o default ;;
    region) _nearway_offer "$("${COMP_WORDS[0]}" regions --names 2>/dev/null)" ;;
    words*) _nearway_offer "${waiting#words}" ;;
    esac
}

_nearway_offer() { # what the gateway says is never evaluated, as `compgen -W` would
    local -a all
    read -r -d '' -a all <<<"$1"
    for word in "${all[@]}"; do
        [[ $word == "$current"* ]] && COMPREPLY+=("$word")
    done
}

_nearway_options() {
    case $1 in
@OPTIONS@
    esac
}

_nearway_takes() { # COMMAND and OPTION, or COMMAND and how many words came before that are no options
    case "$1 $2" in
@TAKES@
    esac
}

complete -F _nearway nearway
"""


def script(commands: Sequence[Described]) -> str:
    """The whole of it."""
    filled = {
        "@COMMANDS@": " ".join([*(command.name for command in commands), "--help", "--version"]),
        "@OPTIONS@": "\n".join(f'    {command.name}) echo "{_flags(command)}" ;;' for command in commands),
        "@TAKES@": "\n".join(line for command in commands for line in _takes(command)),
    }
    text = _SCRIPT
    for place, value in filled.items():
        text = text.replace(place, value)
    return text


def _flags(command: Described) -> str:
    return " ".join(flag for option in command.options for flag in option.flags)


def _takes(command: Described) -> Iterator[str]:
    for option in command.options:
        if option.takes is not Takes.NOTHING:
            yield _case(command, option.flags, option)
    for number, position in enumerate(command.positions):
        yield _case(command, (str(number),), position)


def _case(command: Described, keys: Sequence[str], argument: Argument) -> str:
    patterns = "|".join(f'"{command.name} {key}"' for key in keys)
    return f"    {patterns}) echo {_kind(argument)} ;;"


def _kind(argument: Argument) -> str:
    if argument.takes is Takes.WORDS:
        return " ".join(["words", *argument.words])
    return argument.takes.name.lower()
