"""Settings from the environment, as one frozen, typed value per program.

A program's settings are a subclass of `Settings`: one field per variable, named as the variable in lower case, with its
default and a description that says meaning, unit and what is allowed. The page of settings is made from the same fields.
"""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError


class SettingsError(Exception):
    """One or more settings are wrong; the text names each, what it held, and what it must be."""


NEVER_EMPTY = object()
"""In a field's annotation: an empty variable is a mistake here, and would switch something off in silence."""


class Settings(BaseModel):
    """The base of every program's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Read from `environ`. An empty variable counts as not set. SettingsError tells of all that is wrong at once."""
        given = {name: environ[name.upper()] for name in cls.model_fields if environ.get(name.upper())}
        empty = [name.upper() for name in cls.model_fields if environ.get(name.upper()) == "" and cls._is_never_empty(name)]
        if empty:
            raise SettingsError("\n".join(f"{name} is set, and empty: give it a value, or do not set it" for name in empty))
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise SettingsError(explain(cls, error)) from None

    @classmethod
    def _is_never_empty(cls, name: str) -> bool:
        return any(one is NEVER_EMPTY for one in cls.model_fields[name].metadata)


def explain(cls: type[Settings], error: ValidationError) -> str:
    """Each fault in a line: the variable, what is wrong, and its description. Values are not repeated: some are secret."""
    lines = []
    for fault in error.errors(include_input=False, include_url=False):
        name = str(fault["loc"][0]) if fault["loc"] else ""
        described = cls.model_fields[name].description if name in cls.model_fields else ""
        lines.append(f"{name.upper()}: {fault['msg']}. {described}".strip())
    return "\n".join(lines)


def markdown(title: str, cls: type[Settings]) -> str:
    """The settings as a section of the settings page: a table with a row each."""
    rows = [f"## {title}", "", "| variable | default | meaning |", "|---|---|---|"]
    # A program's own come first, then those it shares with others.
    for name in sorted(cls.model_fields, key=lambda name: name not in cls.__annotations__):
        field = cls.model_fields[name]
        default = "required" if field.is_required() else _shown(field.default)
        rows.append(f"| `{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def _shown(default: object) -> str:
    if default in (None, ""):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
