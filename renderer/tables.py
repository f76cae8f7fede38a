"""Reading TOML into frozen tables, with an error for each fault: where, what is wrong, what is allowed."""

import tomllib
from pathlib import Path
from types import EllipsisType, NoneType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails


class TablesError(Exception):
    """A file can't be used; the text has a line for each fault."""


class Table(BaseModel):
    """A table of a TOML file. Each field's description says what is allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


T = TypeVar("T", bound=BaseModel)


def read_toml(path: Path) -> dict[str, Any]:
    """What a file says; TablesError when it can't be read, or is no TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise TablesError(f"{path}: can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TablesError(f"{path}: is no TOML: {error}") from None


def validated(table: type[T], said: dict[str, Any], where: str, context: Any = None) -> T:
    """The table that was said; TablesError tells of all that is wrong at once."""
    try:
        return table.model_validate(said, context=context)
    except ValidationError as error:
        raise TablesError("\n".join(f"{where}: {_explain(table, fault)}" for fault in error.errors())) from None


def _explain(root: type[BaseModel], fault: ErrorDetails) -> str:
    keys = [key for key in fault["loc"] if isinstance(key, str)]
    what = str(fault["msg"]).removeprefix("Value error, ")
    whole_table = not keys or _is_table(_table(root, keys))
    name, table = _name(fault["loc"] if whole_table else _to_last_key(fault["loc"])), _table(root, keys[:-1])
    if fault["type"] == "extra_forbidden":
        return f"{name}: unknown key; allowed here: {', '.join(table.model_fields)}"
    if whole_table and fault["type"] != "missing":
        return f"{name}: {what}" if name else what
    allowed = table.model_fields[keys[-1]].description
    if fault["type"] == "missing":
        return f"{name}: missing; allowed: {allowed}"
    return f"{name}: {what if fault['type'] == 'value_error' else repr(fault['input'])}; allowed: {allowed}"


def _is_table(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, BaseModel)


def _to_last_key(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    return place[:-1] if isinstance(place[-1], int) else place


def _name(place: tuple[int | str, ...]) -> str:
    """`balancer.strategy`, `template 2: source`: tables of a list are counted as people do."""
    name = ""
    for key in place:
        name += f" {key + 1}:" if isinstance(key, int) else f"{'' if not name else ' ' if name.endswith(':') else '.'}{key}"
    return name.removesuffix(":")


def _table(root: type[BaseModel], keys: list[str]) -> type[BaseModel]:
    table: Any = root
    for key in keys:
        if key not in table.model_fields:
            return type(None)  # type: ignore[return-value]
        annotation = table.model_fields[key].annotation
        inner = (one for one in get_args(annotation) if one is not NoneType and not isinstance(one, EllipsisType))
        table = next(inner, annotation)
    return table  # type: ignore[no-any-return]
