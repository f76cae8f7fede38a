"""The log: a line per event on standard error, as JSON for programs or in words for a person; one way for every program.

What is logged by the standard library goes through the same structlog processors; fields go along in `extra`. Of an exception
the traceback is written, never the values of its variables.
"""

import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType
from typing import Literal, TextIO

import structlog
from pydantic import Field
from structlog.typing import EventDict, WrappedLogger

from contract.line import console_line, in_order
from contract.settings import Settings

Form = Literal["auto", "json", "console"]


class LogSettings(Settings):
    """The settings of a program that logs."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least that is logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`."
    )
    log_format: Form = Field(
        "auto",
        description="`json`, a JSON object per line; `console`, for people; or `auto`: `console` at a terminal, else `json`.",
    )


_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))


def about(ids: Mapping[str, str]) -> None:
    """What all that is logged from here on in this request is about; an event's own fields come before these."""
    _about.set(ids)


def start(level: str = "INFO", form: Form = "auto", stream: TextIO | None = None) -> None:
    """Log to `stream`, standard error unless told otherwise."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter(form, is_terminal=handler.stream.isatty()))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(capture=True)
    for noisy in ("sanic.root", "sanic.server", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def formatter(form: Form, *, is_terminal: bool) -> logging.Formatter:
    """What makes a line of an event."""
    words = form == "console" or (form == "auto" and is_terminal)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(),
            _add_what_it_is_about,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _ordered,
            partial(_for_people, colours=is_terminal) if words else structlog.processors.JSONRenderer(default=str),
        ],
    )


def _add_what_it_is_about(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for name, value in _about.get().items():
        event.setdefault(name, value)
    return event


def _ordered(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return in_order(event)


def _for_people(_: WrappedLogger, __: str, event: EventDict, *, colours: bool) -> str:
    return console_line(event, colours=colours)
