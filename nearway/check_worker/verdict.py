"""How a worker was found to keep one rule."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much of the contract a worker keeps."""

    BASIC = "basic"
    """It takes tasks and holds each until it is solved."""
    RESUMABLE = "resumable"
    """It also gives a location, where any worker answers for the task: none is lost when a worker goes."""


class Mark(StrEnum):
    """What a line of the report begins with."""

    OK = "ok"
    NO = "no"
    """Not supported, which is allowed."""
    BAD = "BAD"
    """The contract is broken."""
    SKIP = "skip"
    """Could not be checked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's mark, and why."""

    mark: Mark
    text: str


def ok(text: str) -> Verdict:
    """The rule is kept."""
    return Verdict(Mark.OK, text)


def no(text: str) -> Verdict:
    """The worker says or does less, as it may."""
    return Verdict(Mark.NO, f"does not support: {text}")


def bad(seen: object, must: str) -> Verdict:
    """The rule is broken: what was seen, and what it must be."""
    return Verdict(Mark.BAD, f"{seen}; must be {must}")


def skip(text: str) -> Verdict:
    """There was nothing to judge by."""
    return Verdict(Mark.SKIP, f"not checked: {text}")
