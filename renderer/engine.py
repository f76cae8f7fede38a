"""From a template and what is known to a text. Pure but for reading the template's files.

The same template and the same knowledge give the same bytes: there is no clock and no chance in here. What is bounded: the
length of `range` (Jinja2's sandbox: 100,000), recursion, powers and repetitions; time, by whoever calls (`limit.py`).
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from discovery.query import Query
from renderer.catalog import KeyValue, ServiceInstance
from renderer.elsewhere import FILTERS_RENAMED
from renderer.filters import FILTERS
from renderer.reading import Reading, Sources

LONGEST_REPETITION = 1_000_000
LARGEST_POWER = 1_000


@dataclass(frozen=True, slots=True)
class Reads:
    """All that a text depends on: what was asked of Consul, and files, the template's own among them."""

    queries: frozenset[Query[Any]] = frozenset()
    files: frozenset[Path] = frozenset()

    def __or__(self, other: "Reads") -> "Reads":
        return Reads(self.queries | other.queries, self.files | other.files)


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text. `given` names the service instances that the template was handed."""

    text: str
    reads: Reads = Reads()
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no text before something else is known; `waiting` says what, for people."""

    reads: Reads
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Faulty:
    """The template is wrong, or what it read is not what it takes it for; `reason` names file and line."""

    reads: Reads
    reason: str


Outcome = Rendered | Missing | Faulty


@dataclass(frozen=True, slots=True)
class Marks:
    """How a template marks what is not text: pairs of beginning and end."""

    variable: tuple[str, str] = ("{{", "}}")
    block: tuple[str, str] = ("{%", "%}")
    comment: tuple[str, str] = ("{#", "#}")


class Page:
    """One template file, with those it includes beside or below it."""

    def __init__(
        self,
        path: Path,
        marks: Marks = Marks(),
        filters: Mapping[str, Callable[..., Any]] = {},
        records: tuple[type, ...] = (),
    ) -> None:
        """`records` are dataclasses with nothing in them to be kept from a template: these go faster."""
        self.path = path
        self._environment = _Environment(path.parent, marks, records)
        self._environment.filters.update(filters)

    def render(self, sources: Sources, names: Mapping[str, object] = {}) -> Outcome:
        """One pass. `names` are known to the template beside the functions."""
        reading = Reading(sources)
        self._environment.used = {self.path.name}
        try:
            # As globals, so that imported macros see them too.
            text = self._environment.get_template(self.path.name, globals=reading.functions()).render(names)
            text.encode("utf-8")  # what JSON may hold and no file can, half of a character, is an error here and not later
        except Exception as error:
            return self._broken(error, reading)
        if reading.waiting:
            return Missing(self._reads(reading), tuple(reading.waiting))
        return Rendered(text, self._reads(reading), frozenset(reading.given))

    def _broken(self, error: Exception, reading: Reading) -> Missing | Faulty:
        # What goes wrong with stand-ins says nothing.
        if reading.waiting and not isinstance(error, TemplateNotFound | TemplateSyntaxError):
            return Missing(self._reads(reading), tuple(reading.waiting))
        return Faulty(self._reads(reading), self._explain(error))

    def _reads(self, reading: Reading) -> Reads:
        return Reads(frozenset(reading.queries), frozenset({*reading.files, *map(self._file, self._environment.used)}))

    def _file(self, name: str) -> Path:
        return self.path.parent / name

    def _explain(self, error: Exception) -> str:
        if isinstance(error, TemplateNotFound):
            return f"{self.path}: there is no {error.name} in {self.path.parent}"
        if isinstance(error, TemplateSyntaxError):
            return f"{error.filename or self.path}, line {error.lineno}: {_hinted(str(error.message))}"
        said = "it calls itself without end" if isinstance(error, RecursionError) else str(error) or type(error).__name__
        return f"{self._place(error)}: {said}"

    def _place(self, error: Exception) -> str:
        files = {str(self._file(name)) for name in self._environment.used}
        lines = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
        for name, line in reversed(lines):
            if name in files:
                return f"{name}, line {line}"
        return str(self.path)


def _hinted(message: str) -> str:
    """With the name that a filter of consul-template has here."""
    known = next((here for name, here in FILTERS_RENAMED.items() if f"'{name}'" in message), None)
    return message if known is None else f"{message.rstrip('.')}: it is {known} here"


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja2, strict, sandboxed, and without what gives something else each time. `used` are the templates of this pass."""

    intercepted_binops = frozenset(("*", "**"))

    def __init__(self, folder: Path, marks: Marks, records: tuple[type, ...]) -> None:
        super().__init__(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=False,  # it is no HTML
            optimized=False,  # what is worked out while a template is compiled, Jinja2 tries again if it fails
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            variable_start_string=marks.variable[0],
            variable_end_string=marks.variable[1],
            block_start_string=marks.block[0],
            block_end_string=marks.block[1],
            comment_start_string=marks.comment[0],
            comment_end_string=marks.comment[1],
        )
        self.used: set[str] = set()
        self._records = {one: frozenset(field.name for field in fields(one)) for one in (ServiceInstance, KeyValue, *records)}
        self.globals.pop("lipsum")
        self.filters.pop("random")
        self.filters.update(FILTERS)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A name after a dot. There may be thousands of a record, and the sandbox is slow."""
        return getattr(obj, attribute) if attribute in self._records.get(type(obj), ()) else super().getattr(obj, attribute)

    def join_path(self, template: str, parent: str) -> str:
        """Called for each template that another one names (Jinja2, `Environment.join_path`), cached or not."""
        self.used.add(template)
        return template

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """A power or a product; what would fill the memory is an error."""
        sizes = [len(one) for one in (left, right) if isinstance(one, str | list | tuple)]
        counts = [one for one in (left, right) if isinstance(one, int)]
        if operator == "*" and sizes and counts and sizes[0] * counts[0] > LONGEST_REPETITION:
            raise OverflowError(f"a repetition may be {LONGEST_REPETITION} long")
        if operator == "**" and abs(right) > LARGEST_POWER:
            raise OverflowError(f"an exponent may be {LARGEST_POWER} at most")
        return super().call_binop(context, operator, left, right)
