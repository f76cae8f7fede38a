"""The filters of templates, beside Jinja2's own: each takes a value and gives one, always the same for the same. Pure."""

import base64
import dataclasses
import hashlib
import hmac
import json
import re
import shlex
import tomllib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from jinja2 import Undefined

from renderer.catalog import KeyValue, ServiceInstance


def to_json(value: Any) -> str:
    """JSON on one line, keys in order."""
    return json.dumps(value, default=_plain, sort_keys=True, ensure_ascii=False)


def to_json_pretty(value: Any, indent: int = 2) -> str:
    """JSON, indented."""
    return json.dumps(value, default=_plain, sort_keys=True, ensure_ascii=False, indent=indent)


def _plain(value: Any) -> Any:
    if isinstance(value, Undefined):
        str(value)  # raises, and says which name is undefined
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def parse_json(text: str) -> Any:
    """What a JSON text means."""
    return json.loads(text)


def parse_toml(text: str) -> Any:
    """What a TOML text means."""
    return tomllib.loads(text)


def parse_int(text: object) -> int:
    """A whole number, in decimal."""
    if not re.fullmatch(r"[+-]?[0-9]{1,400}", str(text)):
        raise ValueError(f"{text!r} is no whole number")
    return int(str(text))


def parse_float(text: object) -> float:
    """A number."""
    return float(str(text))


def parse_bool(text: object) -> bool:
    """`true` or `false`, and the other ways to write them: 1, t, 0, f, in any case."""
    known = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}
    if str(text).lower() not in known:
        raise ValueError(f"{text!r} is neither true nor false")
    return known[str(text).lower()]


def by_tag(tagged: Iterable[Any]) -> dict[str, list[Any]]:
    """Services or their instances, under each of their tags."""
    groups = defaultdict(list)
    for one in tagged:
        for tag in one.tags:
            groups[tag].append(one)
    return dict(sorted(groups.items()))


def by_meta(instances: Iterable[ServiceInstance], *keys: str) -> dict[str, list[ServiceInstance]]:
    """Instances by the value of a key in their meta; by several, their values joined by `_`. What is not there counts as ''."""
    groups = defaultdict(list)
    for one in instances:
        groups["_".join(one.meta.get(key, "") for key in keys)].append(one)
    return dict(sorted(groups.items()))


def by_key(pairs: Iterable[KeyValue]) -> dict[str, dict[str, KeyValue]]:
    """The keys of a tree by their first part, then by the rest."""
    groups: defaultdict[str, dict[str, KeyValue]] = defaultdict(dict)
    for pair in pairs:
        first, slash, rest = pair.key.partition("/")
        if slash:
            groups[first][rest] = pair
    return dict(sorted(groups.items()))


def explode(pairs: Iterable[KeyValue] | Mapping[str, Any]) -> dict[str, Any]:
    """A tree of keys, or a mapping with `/` in its keys, as mappings within mappings."""
    flat = pairs if isinstance(pairs, Mapping) else {pair.key: pair.value for pair in pairs}
    exploded: dict[str, Any] = {}
    for key, value in sorted(flat.items()):
        *folders, name = key.split("/")
        place = exploded
        for folder in folders:
            place = place.setdefault(folder, {})
            if not isinstance(place, dict):
                raise ValueError(f"{key} lies below {folder}, which is a key itself")  # noqa: TRY004
        if name in place:
            raise ValueError(f"{key} is a key, and there are keys below it")
        place[name] = value
    return exploded


def merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both mappings; where both have a key, the other's."""
    both = dict(one)
    for key, value in other.items():
        known = both.get(key)
        both[key] = merge(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return both


def contains(values: Collection[Any], value: Any) -> bool:
    """Whether a value is among them."""
    return value in values


def contains_all(values: Collection[Any], wanted: Iterable[Any]) -> bool:
    """Whether all that are wanted are among them."""
    return all(one in values for one in wanted)


def contains_any(values: Collection[Any], wanted: Iterable[Any]) -> bool:
    """Whether one that is wanted is among them."""
    return any(one in values for one in wanted)


def contains_none(values: Collection[Any], unwanted: Iterable[Any]) -> bool:
    """Whether none of them is among the values."""
    return not contains_any(values, unwanted)


def contains_not_all(values: Collection[Any], wanted: Iterable[Any]) -> bool:
    """Whether one that is wanted is missing."""
    return not contains_all(values, wanted)


def split(text: str, separator: str | None = None) -> list[str]:
    """The parts of a text; without a separator its words."""
    return text.split(separator)


def split_to_map(text: str, separator: str, between: str) -> dict[str, str]:
    """`"a:1,b:2" | split_to_map(",", ":")`: keys and values. A part without a value is left out."""
    parts = (part.partition(between) for part in text.split(separator))
    return {key: value for key, found, value in parts if found}


def regex_match(text: str, pattern: str) -> bool:
    """Whether a pattern (Python's `re`) is found anywhere in a text."""
    return re.search(pattern, text) is not None


def regex_replace(text: str, pattern: str, by: str) -> str:
    r"""The text with every match replaced; groups are `\1` or `\g<name>`."""
    return re.sub(pattern, by, text)


def trim_prefix(text: str, prefix: str) -> str:
    """The text without its beginning, if it is that."""
    return text.removeprefix(prefix)


def trim_suffix(text: str, suffix: str) -> str:
    """The text without its end, if it is that."""
    return text.removesuffix(suffix)


def base64_encode(text: str) -> str:
    """Base64 of the text's UTF-8."""
    return base64.b64encode(text.encode()).decode()


def base64_decode(text: str) -> str:
    """The text in base64."""
    return base64.b64decode(text, validate=True).decode()


def base64_url_encode(text: str) -> str:
    """The same with the letters that URLs allow."""
    return base64.urlsafe_b64encode(text.encode()).decode()


def base64_url_decode(text: str) -> str:
    """The text in base64 with the letters that URLs allow."""
    return base64.b64decode(text, altchars=b"-_", validate=True).decode()


def sha256_hex(text: str) -> str:
    """SHA-256 of the text's UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def md5_hex(text: str) -> str:
    """MD5, for names and etags; it protects nothing."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def hmac_sha256_hex(text: str, key: str) -> str:
    """HMAC-SHA-256 of the text under a key, in hexadecimal."""
    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()


def nginx_quoted(text: object) -> str:
    """A string of nginx's configuration. ValueError for what nginx has no way to write: `$` and control characters."""
    string = str(text)
    if "$" in string or not string.isprintable():
        raise ValueError(f"{string!r} can't be written into nginx's configuration: it holds `$` or what can't be printed")
    escaped = string.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def shell_quoted(text: object) -> str:
    """One word of a shell, whatever is in it."""
    return shlex.quote(str(text))


FILTERS: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (
        to_json, to_json_pretty, parse_json, parse_toml, parse_int, parse_float, parse_bool, by_tag, by_meta, by_key, explode,
        merge, contains, contains_all, contains_any, contains_none, contains_not_all, split, split_to_map, regex_match,
        regex_replace, trim_prefix, trim_suffix, base64_encode, base64_decode, base64_url_encode, base64_url_decode, sha256_hex,
        md5_hex, hmac_sha256_hex, nginx_quoted, shell_quoted,
    )
}  # fmt: skip
