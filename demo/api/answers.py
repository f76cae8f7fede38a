"""What the API has to say, before it is written in any of its shapes."""

from collections.abc import Mapping
from dataclasses import dataclass

Json = str | list[object] | dict[str, object]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A task was taken; `id` is its decimal digits."""

    id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code instead of what was asked for; `why` is for people."""

    code: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Solution:
    """A solved task. `value` is what a client pays for; `fields` are further members under json=1."""

    value: Json
    field: str = "request"
    fields: Mapping[str, str] | None = None
    price: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers to `ids=`, in the order asked."""

    parts: tuple[Solution | Refusal, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A word or a number: a balance, that a report was recorded. It has no `OK|` in text mode."""

    text: str


@dataclass(frozen=True, slots=True)
class Threads:
    """The account's threads and how many of them work now."""

    threads: int
    working: int


Answer = Accepted | Refusal | Solution | Batch | Said | Threads
