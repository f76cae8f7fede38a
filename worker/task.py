"""A task, from the body of a request.

Strict on purpose: a field the method does not know is refused, since a mistyped `proxy` that is silently dropped costs money
for a solution that can't be used.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from contract import plain_json
from contract.problem import Problem, ProblemError, problem
from worker import fields
from worker.methods import METHODS, Kind, kind_of

LARGEST_BODY = 64 * 1024
"""Bytes of a body without images."""

LARGEST_IMAGE_BODY = 3 * 512 * 1024
"""Bytes of a body with images: 1 MiB as base64, and some for the rest."""

DEFAULT_METHOD = "userrecaptcha"


@dataclass(frozen=True, slots=True)
class Task:
    """A task that may be handed to the API. `form` is what `in.php` takes, the key apart; it may hold a proxy's credentials."""

    kind: Kind
    form: Mapping[str, str] = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts of this task that belong into no log line and no answer."""
        credentials, found, _ = self.form.get("proxy", "").rpartition("@")
        parts = (credentials, *credentials.split(":", 1)) if found else ()
        return (*(self.form[name] for name in ("proxy", "cookies") if name in self.form), *parts)


def parse_task(body: bytes, content_type: str | None) -> Task:
    """The task in a request's body; ProblemError says what is wrong with it, and that nothing was submitted."""
    if (content_type or "application/json").split(";")[0].strip().lower() != "application/json":
        raise ProblemError(problem("UNSUPPORTED_MEDIA_TYPE", "The body of POST /solve is a JSON object"))
    given = _texts(_object(body))
    method = given.pop("method", DEFAULT_METHOD)
    if method not in METHODS:
        raise ProblemError(problem("UNKNOWN_METHOD", f"The methods are {', '.join(METHODS)}"))
    given = _one_name_for_the_site_key(method, given)
    checked = {name: _checked(name, value) for name, value in given.items()}
    # A flag that is off and the default version are what the API assumes without them.
    form = {name: value for name, value in checked.items() if (name, value) not in _DEFAULTS}
    kind = kind_of(method, form)
    assert kind is not None  # noqa: S101  # every method has a row without conditions
    _complete(kind, form, given)
    if len(body) > LARGEST_BODY and not kind.image:
        raise ProblemError(problem("BODY_TOO_LARGE", f"The limit for this method is {LARGEST_BODY} bytes"))
    return Task(kind, {"method": method, **form})


_DEFAULTS = frozenset({("enterprise", "0"), ("invisible", "0"), ("version", "v2")})


def _object(body: bytes) -> dict[str, object]:
    try:
        parsed = plain_json.read(body)
    except plain_json.NotPlainError as error:
        raise ProblemError(_bad(f"The body {error}")) from None
    if not isinstance(parsed, dict):
        raise ProblemError(_bad('The body is not a JSON object, like {"method": "turnstile", "sitekey": "…", "pageurl": "…"}'))
    return parsed


def _texts(given: Mapping[str, object]) -> dict[str, str]:
    # null counts as not given: many clients send every field they have.
    return {name: _text(name, value) for name, value in given.items() if value is not None}


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return repr(value) if isinstance(value, float) else _digits(name, value)
    raise ProblemError(_bad(f"{name[:50]!r} is a JSON {'list' if isinstance(value, list) else 'object'}; it must be text"))


def _digits(name: str, value: int) -> str:
    if not -(10**40) < value < 10**40:
        raise ProblemError(_bad(f"{name[:50]!r} is a number of over 40 digits"))
    return str(value)


def _one_name_for_the_site_key(method: str, given: dict[str, str]) -> dict[str, str]:
    if method != "userrecaptcha" or "sitekey" not in given:
        return given
    if given.get("googlekey", given["sitekey"]) != given["sitekey"]:
        raise ProblemError(_bad("'sitekey' and 'googlekey' are two names of one field, and differ"))
    return {"googlekey": given["sitekey"], **{name: value for name, value in given.items() if name != "sitekey"}}


def _checked(name: str, value: str) -> str:
    try:
        return fields.check(name, value)
    except ValueError as error:
        raise ProblemError(_bad(f"{_shown(name)} {error}")) from None


def _complete(kind: Kind, form: Mapping[str, str], given: Mapping[str, str]) -> None:
    for name in given:
        if name not in kind.fields:
            raise ProblemError(_bad(f"{name[:50]!r} is no field of {kind.name}{_nearest(name, kind)}"))
    missing = [name for name in kind.required if name not in form]
    if kind.proxy_needed and "proxy" not in form:
        missing.append("proxy")
    if missing:
        raise ProblemError(_bad(f"{kind.name} needs {', '.join(map(_shown, missing))}"))
    if ("proxy" in form) != ("proxytype" in form):
        raise ProblemError(_bad("'proxy' and 'proxytype' go together: give both or neither"))


def _nearest(name: str, kind: Kind) -> str:
    close = difflib.get_close_matches(name, kind.fields, 1)
    known = sorted(_shown(field) for field in kind.fields)
    return f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(known)}"


def _shown(name: str) -> str:
    return "'sitekey'" if name == "googlekey" else repr(name[:50])


def _bad(detail: str) -> Problem:
    return problem("BAD_REQUEST", detail)
