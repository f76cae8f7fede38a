"""The script for fish."""

from collections.abc import Iterator, Sequence

from tests.completion.described import Argument, Described, Takes

_HEAD = r"""# Completion of `nearway` for fish, made from its commands' parsers. Once:
#   nearway completion fish >~/.config/fish/completions/nearway.fish

function __nearway_at # COMMAND POSITION: whether that many words that are no options came before
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = $argv[1]; or return 1
    set -l at 0
    set -l value no
    for word in $words[3..-1]
        if test $value = yes
            set value no
        else if string match -q -- '-*' $word
            contains -- "$argv[1] $word" $__nearway_with_value; and set value yes
        else
            set at (math $at + 1)
        end
    end
    test $at -eq $argv[2]
end

function __nearway_in # COMMAND
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = $argv[1]
end

function __nearway_regions
    set -l words (commandline -opc)
    $words[1] regions --names 2>/dev/null
end

# Each command's options that a value follows.
set -g __nearway_with_value @VALUED@

complete -c nearway -f
complete -c nearway -n __fish_use_subcommand -l version -d 'say which version this is'
complete -c nearway -n __fish_use_subcommand -s h -l help -d 'list the commands'
"""


def script(commands: Sequence[Described]) -> str:
    """The whole of it."""
    valued = (
        _quoted(f"{command.name} {flag}")
        for command in commands
        for option in command.options
        if option.takes is not Takes.NOTHING
        for flag in option.flags
    )
    return (
        _HEAD.replace("@VALUED@", " ".join(valued)) + "\n".join(line for command in commands for line in _lines(command)) + "\n"
    )


def _lines(command: Described) -> Iterator[str]:
    yield ""
    yield f"complete -c nearway -n __fish_use_subcommand -a {command.name} -d {_quoted(command.about)}"
    for option in command.options:
        flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
        yield f"complete -c nearway -n '__nearway_in {command.name}' {flags}{_takes(option)} -d {_quoted(option.about)}"
    for number, position in enumerate(command.positions):
        if offered := _takes(position).replace(" -x", " -f", 1):
            yield f"complete -c nearway -n '__nearway_at {command.name} {number}'{offered} -d {_quoted(position.about)}"


def _takes(argument: Argument) -> str:
    match argument.takes:
        case Takes.NOTHING:
            return ""
        case Takes.FILE:
            return " -r -F"
        case Takes.REGION:
            return " -x -a '(__nearway_regions)'"
        case Takes.WORDS:
            return f" -x -a {_quoted(' '.join(argument.words))}"
    return " -x"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
