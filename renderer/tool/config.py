"""What `nearway render` is told, by a TOML file or by its arguments, checked key by key before anything is started. Pure."""

import grp
import pwd
import re
import signal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from renderer import duration
from renderer.caution import Wait, parse_wait
from renderer.duration import AnyDuration, Duration
from renderer.region import Listen, parse_listen
from renderer.tables import Table
from renderer.tool.command import ALLOWED, PATH, Command, parse_command, parse_program


def parse_mode(said: object) -> int:
    """`"0640"`; ValueError says what is wrong."""
    if not isinstance(said, str) or not re.fullmatch(r"[0-7]{3,4}", said):
        raise ValueError(f"{said!r} is no file mode")
    return int(said, 8)


def parse_user(said: object) -> int:
    """A user's number, from the name or the number; ValueError when there is none."""
    try:
        return said if isinstance(said, int) else pwd.getpwnam(str(said)).pw_uid
    except KeyError:
        raise ValueError(f"there is no user {said!r}") from None


def parse_group(said: object) -> int:
    """The same for a group."""
    try:
        return said if isinstance(said, int) else grp.getgrnam(str(said)).gr_gid
    except KeyError:
        raise ValueError(f"there is no group {said!r}") from None


def parse_signal(said: object) -> signal.Signals:
    """`"SIGHUP"` or `"HUP"`; ValueError when there is none of that name."""
    name = str(said).upper()
    try:
        return signal.Signals[name if name.startswith("SIG") else f"SIG{name}"]
    except KeyError:
        raise ValueError(f"there is no signal {said!r}") from None


def _names_path(check: Command) -> Command:
    if not check.names_path:
        raise ValueError(f"{str(check)!r} does not look at the staged file: {PATH} stands for it")
    return check


def _pair(said: tuple[str, str]) -> tuple[str, str]:
    if not all(said):
        raise ValueError("a mark can't be empty")
    return said


ACommand = Annotated[Command, BeforeValidator(parse_command)]
AFile = Annotated[Path, Field(strict=False)]
ASignal = Annotated[signal.Signals, BeforeValidator(parse_signal)]
AWait = Annotated[Wait, BeforeValidator(parse_wait)]
APair = Annotated[tuple[str, str], Field(strict=False), AfterValidator(_pair)]

WAIT = 'for how long a change waits for quiet, "least:most" as in "200ms:2s", each ' + duration.ALLOWED


class Delimiters(Table):
    """How a template marks what is not text."""

    variable: APair = Field(("{{", "}}"), description='beginning and end of what is written out, as in ["[[", "]]"]')
    block: APair = Field(("{%", "%}"), description='beginning and end of a statement, as in ["[%", "%]"]')
    comment: APair = Field(("{#", "#}"), description='beginning and end of a comment, as in ["[#", "#]"]')


class Template(Table):
    """One template and the file it makes."""

    source: AFile = Field(description="the template, a file")
    destination: AFile = Field(description="the file it makes; its folder is made if there is none")
    check: Annotated[Command, BeforeValidator(parse_command), AfterValidator(_names_path)] | None = Field(
        None, description="what looks at the staged file `{path}` before it replaces anything: " + ALLOWED
    )
    command: ACommand | None = Field(None, description="what has the file read, run after it was replaced: " + ALLOWED)
    timeout: AnyDuration = Field(Duration(30_000), description="for how long check and command may run: " + duration.ALLOWED)
    wait: AWait | None = Field(None, description=WAIT)
    removals: Literal["wait", "at once"] = Field(
        "wait", description='"at once": what takes out an instance of a service waits for no quiet; or "wait"'
    )
    mode: Annotated[int, BeforeValidator(parse_mode)] | None = Field(None, description='permissions of the file, as in "0640"')
    user: Annotated[int, BeforeValidator(parse_user)] | None = Field(None, description="the file's user: a name or a number")
    group: Annotated[int, BeforeValidator(parse_group)] | None = Field(None, description="the file's group: a name or a number")
    backup: bool = Field(
        False, description="whether the file before is kept beside it, with .bak added to its name: true or false"
    )
    delimiters: Delimiters = Field(Delimiters(), description="the table [template.delimiters]")

    @model_validator(mode="after")
    def _two_files(self) -> Self:
        if self.source.resolve() == self.destination.resolve():
            raise ValueError("source and destination are the same file")
        return self


class Program(Table):
    """The program that is run and kept running."""

    command: Annotated[Command, BeforeValidator(parse_program)] = Field(
        description="the program and its arguments, without a shell, as in \"nginx -g 'daemon off;'\" or a list of words"
    )
    reload_signal: ASignal | None = Field(None, description="the signal that has it read its files again, as in SIGHUP")
    reload_command: ACommand | None = Field(None, description="what has it read its files again instead: " + ALLOWED)
    kill_signal: ASignal = Field(signal.SIGTERM, description="the signal that has it end, as in SIGTERM")
    kill_timeout: AnyDuration = Field(
        Duration(30_000), description="for how long it may take to end before it is killed: " + duration.ALLOWED
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.reload_signal is not None and self.reload_command is not None:
            raise ValueError("reload_signal and reload_command exclude each other")
        return self


class Config(Table):
    """All of it."""

    template: tuple[Template, ...] = Field((), strict=False, description="one table [[template]] for each file")
    exec: Program | None = Field(None, description="the table [exec] with `command`")
    wait: AWait = Field(Wait(Duration(200), Duration(2_000)), description=WAIT)
    spacing: AnyDuration = Field(
        Duration(500), description="the least time from one change of a file to the next: " + duration.ALLOWED
    )
    sandbox: AFile | None = Field(None, description="the folder outside of which file() reads nothing")
    status_listen: Annotated[Listen, BeforeValidator(parse_listen)] | None = Field(
        None, description='where /status and /metrics are served, as in "127.0.0.1:9082"'
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @model_validator(mode="after")
    def _each_file_once(self) -> Self:
        if not self.template:
            raise ValueError("there is no template: give one with -t IN:OUT, or a table [[template]] in the file of --config")
        made = [one.destination.resolve() for one in self.template]
        twice = next((path for path in made if made.count(path) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice} is the destination of two templates")
        return self
