"""The solving methods the API has: what each takes, and when to look for its solution.

A kind is one row: the API's `method` may mean several (reCAPTCHA v2, v3, enterprise), which differ in their fields and times.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

TOKEN_LIFE = 120.0
"""Seconds a token may be used after it was solved."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One row. `first_wait` and `interval` are in seconds: from the submission to the first look, and between looks.

    `when` says which field values choose this kind among those of one method. `lifetime` is how many seconds a solution may be
    used, None where it does not run out by itself. `image` kinds may have a large body.
    """

    name: str
    method: str
    first_wait: float
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    when: Mapping[str, str] = field(default_factory=dict)
    proxy_needed: bool = False
    image: bool = False
    lifetime: float | None = TOKEN_LIFE
    interval: float = 5.0

    @property
    def fields(self) -> frozenset[str]:
        """Every field a task of this kind may have, `method` apart."""
        return frozenset((*self.required, *self.optional, *_COMMON))


_COMMON = ("proxy", "proxytype", "userAgent", "cookies", "soft_id")
_RECAPTCHA = ("invisible", "data-s", "domain", "enterprise", "version", "action", "min_score")
_IMAGE = ("numeric", "min_len", "max_len", "phrase", "caseSensitive", "regsense", "calc", "lang", "language", "textinstructions")
_BLS = tuple(f"image_base64_{n}" for n in range(1, 10))
_SITE = ("googlekey", "pageurl")

# Of one method, the row with most conditions that hold is the task's kind.
_ROWS = (
    Kind("recaptcha_v2", "userrecaptcha", 15, _SITE, _RECAPTCHA),
    Kind("recaptcha_v2_enterprise", "userrecaptcha", 15, _SITE, _RECAPTCHA, {"enterprise": "1"}),
    Kind("recaptcha_v3", "userrecaptcha", 10, (*_SITE, "action"), _RECAPTCHA, {"version": "v3"}),
    Kind(
        "recaptcha_v3_enterprise",
        "userrecaptcha",
        10,
        (*_SITE, "action"),
        _RECAPTCHA,
        {"version": "v3", "enterprise": "1"},
    ),
    Kind("turnstile", "turnstile", 10, ("sitekey", "pageurl"), ("action", "data", "pagedata")),
    Kind("cloudflare_challenge", "cloudflare_challenge", 15, ("pageurl",), proxy_needed=True, lifetime=None),
    Kind("geetest", "geetest", 15, ("gt", "challenge", "pageurl"), ("api_server",), lifetime=None),
    Kind("captchafox", "captchafox", 10, ("sitekey", "pageurl"), proxy_needed=True),
    Kind("friendly_captcha", "friendly_captcha", 10, ("sitekey", "pageurl"), ("version",)),
    Kind("lemin", "lemin", 10, ("captcha_id", "div_id", "pageurl"), ("api_server", "apiServer"), lifetime=None),
    Kind("image", "base64", 1, ("body",), _IMAGE, image=True, lifetime=None),
    Kind(
        "grid",
        "base64",
        1,
        ("body", "instructions", "grid_size"),
        ("img_type", *_IMAGE),
        {"grid_size": "*"},
        image=True,
        lifetime=None,
    ),
    Kind("bls", "bls", 1, (*_BLS, "instructions"), image=True, lifetime=None),
)

KINDS = {kind.name: kind for kind in _ROWS}

METHODS = tuple(sorted({kind.method for kind in _ROWS}))


def kind_of(method: str, fields: Mapping[str, str]) -> Kind | None:
    """The kind of a task with that method and those fields; None for a method there is not."""
    fitting = [kind for kind in _ROWS if kind.method == method and _holds(kind.when, fields)]
    return max(fitting, key=lambda kind: len(kind.when), default=None)


def _holds(when: Mapping[str, str], fields: Mapping[str, str]) -> bool:
    return all(name in fields and wanted in ("*", fields[name]) for name, wanted in when.items())
